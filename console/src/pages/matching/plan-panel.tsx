import type { Allocation } from '@millrace/contract';
import { iconGanttchart } from '@siemens/ix-icons/icons';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePlan } from '../../api/matching.ts';
import { useSites } from '../../api/registry.ts';
import { useMe } from '../../api/session.ts';
import { useDomainNow } from '../../app/domain-clock.ts';
import { may } from '../../app/permission.ts';
import { Answer, EmptyNote } from '../../ui/answer.tsx';
import { browserZone } from '../../ui/format.ts';
import { useKept } from '../../ui/kept-filter.ts';
import { Panel } from '../../ui/page.tsx';
import { Segments } from '../../ui/segments.tsx';
import { Select } from '../../ui/select.tsx';
import { type Drop, GanttChart } from './gantt-chart.tsx';

import { machineGantt, siteGantt } from './gantt-rows.ts';
import { OverrideDialog, type Wish } from './override-dialog.tsx';
import { PlanList } from './plan-list.tsx';
import { WhyPanel } from './why-panel.tsx';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const VIEWS = ['gantt', 'list'] as const;
const EVERYWHERE = 'everywhere';

type Props = Readonly<{ marked?: ReadonlySet<string> | null }>;

/** The plan as it stands: bars by site, and beside them why they are where they are. */
export function PlanPanel({ marked = null }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const now = useDomainNow(60_000);
  const hour = now - (now % HOUR_MS);
  const [siteId, setSiteId] = useState(
    () => new URLSearchParams(window.location.search).get('site') ?? EVERYWHERE,
  );
  const [view, setView] = useKept('matching.view', VIEWS, 'gantt');
  const [selected, setSelected] = useState<Allocation | null>(null);
  const [wish, setWish] = useState<Wish | null>(null);
  const sites = useSites();
  const span = { from: hour - 2 * DAY_MS, to: hour + 14 * DAY_MS };
  const oneSite = siteId !== EVERYWHERE;
  const plan = usePlan({ ...span, siteId: oneSite ? siteId : undefined });
  const allocations = plan.data?.rows;
  const gantt = useMemo(
    () => (oneSite ? machineGantt(allocations ?? []) : siteGantt(allocations ?? [])),
    [allocations, oneSite],
  );
  const canOverride = may(me, 'override.write');
  const drop = ({ bar, siteId: target, finishAt }: Drop) => {
    const moved = target !== bar.allocation.siteId;
    setSelected(bar.allocation);
    setWish({ allocation: bar.allocation, lock: moved ? 'site' : 'date', siteId: target, finishAt });
  };
  return (
    <div className={selected ? 'plan plan-open' : 'plan'}>
      <Panel
        className="plan-gantt"
        title={t('matching.plan')}
        hint={t(canOverride ? 'matching.plan-hint' : 'common.zone', { zone: browserZone() })}
        tools={
          <Segments
            label={t('matching.view')}
            value={view}
            options={VIEWS.map((one) => [one, t(`matching.view-${one}`)])}
            onChange={setView}
          />
        }
      >
        <div className="plan-tools">
          <Select
            label={t('allocation.site')}
            value={siteId}
            options={[
              [EVERYWHERE, t('matching.all-sites')],
              ...(sites.data ?? []).map((site) => [site.id, site.name] as const),
            ]}
            onChange={setSiteId}
          />
          <PlanLegend />
        </div>
        <Answer query={plan} skeleton="chart">
          {({ rows }) =>
            gantt.bars.length === 0 ? (
              <EmptyNote
                empty={{ icon: iconGanttchart, title: t('matching.empty'), text: t('matching.empty-text') }}
              />
            ) : view === 'gantt' ? (
              <GanttChart
                key={siteId}
                gantt={gantt}
                {...span}
                now={hour}
                selected={selected?.lineId ?? null}
                marked={marked}
                draggable={canOverride}
                onSelect={setSelected}
                onDrop={drop}
              />
            ) : (
              <PlanList
                allocations={marked ? rows.filter(({ lineId }) => marked.has(lineId)) : rows}
                selected={selected?.id ?? null}
                onSelect={setSelected}
              />
            )
          }
        </Answer>
      </Panel>
      {selected ? (
        <WhyPanel
          allocation={selected}
          onClose={() => setSelected(null)}
          {...(canOverride
            ? {
                onChange: () =>
                  setWish({
                    allocation: selected,
                    lock: 'site',
                    siteId: selected.siteId,
                    finishAt: selected.finishAt,
                  }),
              }
            : {})}
        />
      ) : null}
      {wish ? <OverrideDialog wish={wish} onClose={() => setWish(null)} /> : null}
    </div>
  );
}

function PlanLegend() {
  const { t } = useTranslation();
  return (
    <ul className="map-legend">
      {[0, 1, 2, 3, 4].map((priority) => (
        <li key={priority}>
          <span
            className="site-shape"
            style={{ background: `var(--console-p${priority})` }}
            aria-hidden="true"
          />
          P{priority}
        </li>
      ))}
      <li>
        <span className="bar-offer" aria-hidden="true" />
        {t('allocation-state.offered')}
      </li>
      <li>
        <span className="bar-late" aria-hidden="true" />
        {t('matching.late')}
      </li>
    </ul>
  );
}
