import type { Board } from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { boardQuery } from '../../api/board.ts';
import { useMe } from '../../api/session.ts';
import { Answer } from '../../ui/answer.tsx';
import { browserZone, dayOf } from '../../ui/format.ts';
import { Page, Panel } from '../../ui/page.tsx';
import { AtRiskList } from './at-risk-list.tsx';
import { CapacityChart } from './capacity-chart.tsx';
import { EventFeed } from './event-feed.tsx';
import { KpiStrip } from './kpi-strip.tsx';
import { MapLegend } from './map-legend.tsx';
import { NetworkMap } from './network-map.tsx';
import { SitePanel } from './site-panel.tsx';
import './network-board.css';

export function BoardPage() {
  const { t } = useTranslation();
  const me = useMe();
  const board = useQuery(boardQuery);
  return (
    <Page title={t('board.title')} lead={me?.acting.networkName} fill>
      <Answer query={board} skeleton="page">
        {(data) => <BoardView board={data} />}
      </Answer>
    </Page>
  );
}

function BoardView({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const [siteId, setSiteId] = useState<string | null>(null);
  const site = board.sites.find((one) => one.siteId === siteId);
  // Figures and panels are on the screen: what the bench calls the first useful paint.
  useEffect(() => {
    requestAnimationFrame(() => performance.mark('board-painted'));
  }, []);
  return (
    <div className="board">
      <KpiStrip kpis={board.kpis} />
      <Panel
        className="board-map"
        title={t('board.map')}
        hint={t('board.map-hint', { sites: board.sites.length, transit: board.inTransit.length })}
      >
        <NetworkMap sites={board.sites} inTransit={board.inTransit} selected={siteId} onSelect={setSiteId} />
        <MapLegend />
        {site ? <SitePanel site={site} onClose={() => setSiteId(null)} /> : null}
      </Panel>
      <EventFeed />
      <Panel className="board-capacity" title={t('board.capacity')} hint={t('board.capacity-hint')}>
        <CapacityChart buckets={fromToday(board)} />
      </Panel>
      <Panel
        className="board-risk"
        title={t('board.at-risk')}
        hint={t('board.at-risk-hint', { zone: browserZone() })}
      >
        <AtRiskList rows={board.atRisk} />
      </Panel>
    </div>
  );
}

/** Days on the chart. */
const CHART_DAYS = 14;

/** Sites west of Greenwich are still in yesterday, sites in the east already in the last day: whole days only. */
function fromToday({ at, capacity }: Board): Board['capacity'] {
  const today = dayOf(at, 'UTC');
  return capacity.filter(({ day }) => day >= today).slice(0, CHART_DAYS);
}
