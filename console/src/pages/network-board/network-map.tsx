import type { Board } from '@millrace/contract';
import type { EChartsType } from 'echarts/core';
import type { TFunction } from 'i18next';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Answer } from '../../ui/answer.tsx';
import { Chart, tooltipStyle } from '../../ui/chart.tsx';
import { percent } from '../../ui/format.ts';
import { type Palette, usePalette } from '../../ui/palette.ts';
import { geoFrame } from './geo-frame.ts';
import { LAND, useLand } from './land.ts';
import { type BoardSite, conditionOf } from './site-condition.ts';
import { siteMark } from './site-mark.ts';
import { transitMark } from './transit-mark.ts';

type Props = Readonly<{
  sites: Board['sites'];
  inTransit: Board['inTransit'];
  selected: string | null;
  onSelect: (siteId: string) => void;
}>;

export function NetworkMap(props: Props) {
  const land = useLand();
  return (
    <Answer query={land} skeleton="chart">
      {() => <DrawnMap {...props} />}
    </Answer>
  );
}

function DrawnMap({ sites, inTransit, selected, onSelect }: Props) {
  const { t, i18n } = useTranslation();
  const palette = usePalette();
  const ordered = useMemo(() => [...sites].sort((a, b) => b.machines - a.machines), [sites]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tooltip's words change with the language
  const option = useMemo(
    () => ({
      ...geoFrame(palette, LAND, [
        ...ordered.map(({ position }) => position),
        ...inTransit.flatMap(({ from, to }) => [from, to]),
      ]),
      tooltip: {
        ...tooltipStyle(palette),
        formatter: ({ seriesId, dataIndex }: { seriesId?: string; dataIndex: number }) => {
          if (seriesId === 'transit') {
            const shipment = inTransit[dataIndex];
            return shipment ? t('board.transit-tip', { order: escaped(shipment.orderNo) }) : '';
          }
          const site = ordered[dataIndex];
          return site ? siteTip(site, t) : '';
        },
      },
      series: [transitSeries(palette, inTransit), siteSeries(palette, ordered, selected)],
    }),
    [palette, ordered, inTransit, selected, i18n.language],
  );
  const onReady = useCallback(
    (chart: EChartsType) => {
      chart.on('click', ({ data }) => {
        // The data item of `siteSeries` below; a transit item has no site.
        const id = (data as { siteId?: string } | undefined)?.siteId;
        if (id) onSelect(id);
      });
      return undefined;
    },
    [onSelect],
  );
  return <Chart option={option} label={t('board.map')} className="map-canvas" onReady={onReady} />;
}

function siteSeries(palette: Palette, sites: readonly BoardSite[], selected: string | null) {
  return {
    id: 'sites',
    type: 'custom',
    coordinateSystem: 'geo',
    z: 5,
    renderItem: siteMark(palette, sites, selected),
    data: sites.map((site) => ({ value: [site.position.lon, site.position.lat], siteId: site.siteId })),
  };
}

function transitSeries(palette: Palette, inTransit: Board['inTransit']) {
  return {
    id: 'transit',
    type: 'custom',
    coordinateSystem: 'geo',
    z: 4,
    renderItem: transitMark(palette, inTransit),
    data: inTransit.map(({ from }) => ({ value: [from.lon, from.lat] })),
  };
}

function siteTip(site: BoardSite, t: TFunction): string {
  const lines = [
    `<strong>${escaped(site.name)}</strong>`,
    t(`site-condition.${conditionOf(site)}`),
    t('board.site-running', { running: site.running, connected: site.connected, machines: site.machines }),
    t('board.site-sold', { share: percent(site.soldShare) }),
  ];
  return lines.join('<br>');
}

/** Names come from people; a tooltip of ECharts is HTML. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
