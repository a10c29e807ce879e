import { iconCalendar, iconPlus } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCapacityBlocks, useSiteCapacity } from '../../api/factory.ts';
import { useMe } from '../../api/session.ts';
import { useDomainNow } from '../../app/domain-clock.ts';
import { may } from '../../app/permission.ts';
import { Answer, EmptyNote } from '../../ui/answer.tsx';
import { Panel } from '../../ui/page.tsx';
import { BlockDialog } from './block-dialog.tsx';
import { BlockList } from './block-list.tsx';
import { CapacityCalendar } from './capacity-calendar.tsx';
import { useChosenSite } from './chosen-site.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export function CapacityPage() {
  const { t } = useTranslation();
  const me = useMe();
  const now = useDomainNow(60_000);
  const from = now - (now % HOUR_MS);
  const { site, sites, isPending } = useChosenSite();
  // The calendar is one site's; without a choice it is the first.
  const shown = site ?? sites[0];
  const capacity = useSiteCapacity(shown?.id, { from, to: from + 14 * DAY_MS });
  const blocks = useCapacityBlocks(shown?.id);
  const [blocking, setBlocking] = useState(false);
  if (!shown) {
    return isPending ? null : (
      <EmptyNote
        empty={{ icon: iconCalendar, title: t('capacity.no-site'), text: t('capacity.no-site-text') }}
      />
    );
  }
  return (
    <div className="stack">
      <Panel title={t('capacity.calendar')} hint={`${shown.name} · ${shown.zone}`}>
        <Answer
          query={capacity}
          skeleton="chart"
          isEmpty={({ rows }) => rows.length === 0}
          empty={{ icon: iconCalendar, title: t('capacity.empty'), text: t('capacity.empty-text') }}
        >
          {({ rows }) => <CapacityCalendar workCenters={rows} />}
        </Answer>
      </Panel>
      <Panel
        title={t('capacity.blocks')}
        hint={t('capacity.blocks-hint')}
        tools={
          may(me, 'block.write') ? (
            <IxButton icon={iconPlus} onClick={() => setBlocking(true)}>
              {t('capacity.block-new')}
            </IxButton>
          ) : null
        }
      >
        <Answer query={blocks}>{({ rows }) => <BlockList blocks={rows} site={shown} />}</Answer>
      </Panel>
      {blocking ? <BlockDialog site={shown} now={now} onClose={() => setBlocking(false)} /> : null}
    </div>
  );
}
