import type { Allocation, Order, Shipment } from '@millrace/contract';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSites } from '../../api/registry.ts';
import { useDomainNow } from '../../app/domain-clock.ts';
import { Answer } from '../../ui/answer.tsx';
import { Chart, tooltipStyle } from '../../ui/chart.tsx';
import { usePalette } from '../../ui/palette.ts';
import { geoFrame } from '../network-board/geo-frame.ts';
import { LAND, useLand } from '../network-board/land.ts';
import { transitMark } from '../network-board/transit-mark.ts';
import { placeMark } from './place-mark.ts';

type Props = Readonly<{
  destination: Order['destination'];
  allocations: readonly Allocation[];
  shipments: readonly Shipment[];
}>;

/** Where the pieces are: the sites that make them, the way they take, the place they go to. */
export function OrderMap(props: Props) {
  const land = useLand();
  return (
    <Answer query={land} skeleton="chart">
      {() => <Drawn {...props} />}
    </Answer>
  );
}

function Drawn({ destination, allocations, shipments }: Props) {
  const { t, i18n } = useTranslation();
  const palette = usePalette();
  const sites = useSites();
  const now = useDomainNow(10_000);
  // biome-ignore lint/correctness/useExhaustiveDependencies: words change with the language
  const option = useMemo(() => {
    const makers = (sites.data ?? []).filter(({ id }) => allocations.some(({ siteId }) => siteId === id));
    const origins = shipments.map(({ siteName, from }) => ({ name: siteName, position: from }));
    const places = [
      ...makers.map(({ name, position }) => ({ name, position, kind: 'site' as const })),
      ...origins
        .filter(({ name }) => !makers.some((maker) => maker.name === name))
        .map((origin) => ({ ...origin, kind: 'site' as const })),
      { name: destination.name, position: destination.position, kind: 'destination' as const },
    ];
    const ways = shipments.map((shipment) => ({
      shipmentId: shipment.id,
      orderNo: shipment.orderNo,
      from: shipment.from,
      to: shipment.to,
      progress: progressOf(shipment, now),
    }));
    return {
      ...geoFrame(
        palette,
        LAND,
        places.map(({ position }) => position),
      ),
      tooltip: {
        ...tooltipStyle(palette),
        renderMode: 'richText',
        formatter: ({ name }: { name?: string }) => name ?? '',
      },
      series: [
        {
          type: 'custom',
          coordinateSystem: 'geo',
          silent: true,
          renderItem: transitMark(palette, ways),
          data: ways.map(({ from }) => ({ value: [from.lon, from.lat] })),
        },
        {
          type: 'custom',
          coordinateSystem: 'geo',
          renderItem: placeMark(palette, places),
          data: places.map(({ name, position, kind }) => ({
            name: `${t(`order.place-${kind}`)}: ${name}`,
            value: [position.lon, position.lat],
          })),
        },
      ],
    };
  }, [sites.data, allocations, shipments, destination, palette, now, i18n.language]);
  return <Chart option={option} label={t('order.places')} className="order-map" />;
}

/** Share of the way by now: by the clock, between departure and expected arrival as the milestones have them. */
function progressOf({ state, milestones }: Shipment, now: number): number {
  if (state === 'ready') return 0;
  if (state !== 'in-transit') return 1;
  const departed = milestones.find(({ kind }) => kind === 'departure')?.actualAt;
  const arrival = milestones.find(({ kind }) => kind === 'arrival');
  const due = arrival?.estimatedAt ?? arrival?.plannedAt;
  if (!departed || !due || due <= departed) return 0;
  return Math.min(1, Math.max(0, (now - departed) / (due - departed)));
}
