import type { SchedulePin, SchedulePreview, Site, SiteSchedule } from '@millrace/contract';
import { iconCalendar, iconGanttchart } from '@siemens/ix-icons/icons';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { schedule as api, useSiteSchedule } from '../../api/schedule.ts';
import { useMe } from '../../api/session.ts';
import { useDomainNow } from '../../app/domain-clock.ts';
import { may } from '../../app/permission.ts';
import { Answer, EmptyNote } from '../../ui/answer.tsx';
import { browserZone } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import { Segments } from '../../ui/segments.tsx';
import { ApplyScheduleDialog } from './apply-schedule-dialog.tsx';
import { useChosenSite } from './chosen-site.ts';
import { ScheduleFigures } from './schedule-figures.tsx';
import { ScheduleGantt } from './schedule-gantt.tsx';
import { ScheduleLegend } from './schedule-legend.tsx';
import { ScheduleOrders } from './schedule-orders.tsx';
import { orderChanges } from './schedule-rows.ts';
import { ScheduleTools } from './schedule-tools.tsx';
import { ScheduleWork } from './schedule-work.tsx';
import './schedule.css';

const MINUTE_MS = 60_000;
const VIEWS = ['today', 'proposed'] as const;
type View = (typeof VIEWS)[number];

/** The order of work of one site: as it is, as it could be, and the step between them. */
export function SchedulePage() {
  const { t } = useTranslation();
  const { site, sites, isPending } = useChosenSite();
  const shown = site ?? sites[0];
  if (!shown) {
    return isPending ? null : (
      <EmptyNote
        empty={{ icon: iconCalendar, title: t('capacity.no-site'), text: t('capacity.no-site-text') }}
      />
    );
  }
  // Pins and proposals belong to one site.
  return <SiteSchedulePanel key={shown.id} site={shown} />;
}

function SiteSchedulePanel({ site }: { readonly site: Site }) {
  const { t } = useTranslation();
  const query = useSiteSchedule(site.id);
  return (
    <Answer
      query={query}
      skeleton="chart"
      isEmpty={({ work }) => work.length === 0}
      empty={{ icon: iconGanttchart, title: t('schedule.empty'), text: t('schedule.empty-text') }}
    >
      {(data) => <Board site={site} live={data} />}
    </Answer>
  );
}

function Board({ site, live }: { readonly site: Site; readonly live: SiteSchedule }) {
  const { t } = useTranslation();
  const me = useMe();
  const now = useDomainNow(1_000);
  const [pins, setPins] = useState<ReadonlyMap<string, SchedulePin>>(new Map());
  const [view, setView] = useState<View>('today');
  const [selected, setSelected] = useState<string | null>(null);
  const [isApplying, setIsApplying] = useState(false);
  const preview = useMutation<SchedulePreview, Error, ReadonlyMap<string, SchedulePin>>({
    mutationFn: (wished) => api.preview(site.id, [...wished.values()]),
    onSuccess: () => setView('proposed'),
  });
  const proposal = preview.data;
  const canPlan = may(me, 'schedule.plan');
  const schedule = proposal ?? live;
  const plan = proposal && view === 'proposed' ? proposal.proposed : schedule.today;
  const changes = orderChanges(schedule, schedule.today, plan);
  const pin = (wished: SchedulePin) => {
    const next = new Map(pins).set(wished.operationId, wished);
    setPins(next);
    preview.mutate(next);
  };
  const unpin = (operationIds: readonly string[]) => {
    const next = new Map([...pins].filter(([id]) => !operationIds.includes(id)));
    setPins(next);
    if (proposal || next.size > 0) preview.mutate(next);
  };
  const forget = () => {
    preview.reset();
    setPins(new Map());
    setView('today');
    setIsApplying(false);
  };
  return (
    <div className="stack">
      <Panel title={t('schedule.title')} hint={`${site.name} · ${t('common.zone', { zone: browserZone() })}`}>
        <ScheduleFigures
          today={schedule.today.figures}
          proposed={proposal?.proposed.figures ?? null}
          lowerBound={proposal?.lowerBound ?? null}
        />
        {canPlan ? (
          <ScheduleTools
            siteId={site.id}
            schedule={schedule}
            pins={pins}
            proposal={proposal}
            error={preview.error}
            isComputing={preview.isPending}
            now={now}
            onCompute={() => preview.mutate(pins)}
            onUnpin={unpin}
            onForget={forget}
            onApply={() => setIsApplying(true)}
          />
        ) : (
          <p className="soft">{t('schedule.read-only')}</p>
        )}
      </Panel>
      <Panel
        className="plan-gantt"
        title={t('schedule.gantt')}
        hint={canPlan ? t('schedule.drag-hint') : undefined}
        tools={
          proposal ? (
            <Segments
              label={t('schedule.view')}
              value={view}
              options={VIEWS.map((one) => [one, t(`schedule.view-${one}`)])}
              onChange={setView}
            />
          ) : null
        }
      >
        <ScheduleLegend />
        <ScheduleGantt
          schedule={schedule}
          plan={plan}
          pins={pins}
          now={now - (now % MINUTE_MS)}
          fenceAt={proposal?.fenceAt ?? null}
          selected={selected}
          canPin={canPlan && !preview.isPending}
          onSelect={setSelected}
          onPin={pin}
        />
      </Panel>
      {selected ? (
        <ScheduleWork
          schedule={schedule}
          plan={plan}
          operationId={selected}
          pin={pins.get(selected)}
          canPin={canPlan && !preview.isPending}
          onPin={pin}
          onUnpin={() => unpin([selected])}
          onClose={() => setSelected(null)}
        />
      ) : null}
      <Panel title={t('schedule.open-orders')}>
        <ScheduleOrders
          schedule={schedule}
          changes={changes}
          late={view === 'proposed' ? (proposal?.late ?? []) : []}
          isProposal={proposal !== undefined && view === 'proposed'}
        />
      </Panel>
      {isApplying && proposal ? (
        <ApplyScheduleDialog
          preview={proposal}
          changes={orderChanges(proposal, proposal.today, proposal.proposed)}
          onClose={() => setIsApplying(false)}
          onApplied={forget}
        />
      ) : null}
    </div>
  );
}
