import { iconLock } from '@siemens/ix-icons/icons';
import type { CustomSeriesRenderItem, CustomSeriesRenderItemReturn } from 'echarts';
import { type Palette, priorityColor } from '../../ui/palette.ts';
import type { Bar } from './gantt-rows.ts';

/** Share of a lane that a bar fills. */
const FILL = 0.78;
/** A plan of two lanes is not a wall of colour. */
const HEIGHT_MAX_PX = 26;
/** Narrower bars carry no text: it would be cut to nothing. */
const TEXT_FROM_PX = 34;
const LOCK_PX = 12;

type Emphasis = Readonly<{ selected: string | null; marked: ReadonlySet<string> | null }>;

export function ganttBar(palette: Palette, bars: readonly Bar[], emphasis: Emphasis): CustomSeriesRenderItem {
  const lockImage = iconImage(iconLock, '#101418');
  return (params, api) => {
    const bar = bars[params.dataIndex];
    if (!bar) return null;
    const [left = 0, middle = 0] = api.coord([bar.from, bar.row]);
    const [right = 0] = api.coord([bar.to, bar.row]);
    const lane = sizeOf(api.size?.([0, 1]));
    const height = Math.min(HEIGHT_MAX_PX, Math.max(4, lane * FILL));
    // The plot's own rectangle: ECharts hands it to custom series of a Cartesian system.
    const plot = params.coordSys as unknown as { x: number; width: number };
    const x = Math.max(left, plot.x);
    const width = Math.max(3, Math.min(right, plot.x + plot.width) - x);
    if (right < plot.x || left > plot.x + plot.width) return null;
    const { allocation } = bar;
    const isFaint = emphasis.marked !== null && !emphasis.marked.has(allocation.lineId);
    const color = priorityColor(palette, allocation.priority);
    const y = middle - height / 2;
    const isLocked = allocation.lock !== 'none';
    const isOffer = allocation.state === 'offered';
    const isMade = allocation.state === 'produced';
    const children = [
      {
        type: 'rect',
        shape: { x, y, width, height, r: 3 },
        style: {
          fill: color,
          opacity: isFaint ? 0.15 : isMade ? 0.4 : isOffer ? 0.35 : 0.9,
          stroke: allocation.lineId === emphasis.selected ? palette.text : color,
          lineWidth: allocation.lineId === emphasis.selected ? 2.5 : isOffer ? 1.5 : 0,
          ...(isOffer ? { lineDash: [4, 3] } : {}),
        },
      },
      ...(allocation.hoursLate > 0 && !isFaint
        ? [{ type: 'rect', shape: { x: x + width - 4, y, width: 4, height }, style: { fill: palette.alarm } }]
        : []),
      ...(isLocked && width > LOCK_PX + 4
        ? [
            {
              type: 'image',
              style: { image: lockImage, x: x + 3, y: middle - LOCK_PX / 2, width: LOCK_PX, height: LOCK_PX },
            },
          ]
        : []),
      ...(width > TEXT_FROM_PX && height > 9
        ? [
            {
              type: 'text',
              style: {
                text: shortNumber(allocation.orderNo),
                x: x + (isLocked ? LOCK_PX + 6 : 5),
                y: middle,
                verticalAlign: 'middle',
                fill: isOffer || isMade || isFaint ? palette.text : '#101418',
                opacity: isFaint ? 0.4 : 1,
                font: `600 ${Math.min(11, height - 1)}px ${palette.font}`,
                width: width - (isLocked ? LOCK_PX + 12 : 10),
                overflow: 'truncate',
              },
            },
          ]
        : []),
    ];
    return { type: 'group', children } as CustomSeriesRenderItemReturn;
  };
}

/** `SO-2026-000109` → `#109`: a bar has room for what tells orders apart; the tip has the whole number. */
function shortNumber(orderNo: string): string {
  return `#${orderNo.replace(/^.*-0*(?=\d)/, '')}`;
}

function sizeOf(size: number | number[] | undefined): number {
  return Array.isArray(size) ? (size[1] ?? 0) : (size ?? 0);
}

function iconImage(icon: string, color: string): string {
  const svg = icon
    .slice(icon.indexOf(',') + 1)
    .replaceAll(/<(svg|g)([^>]*) fill='none'/g, `<$1$2 fill='${color}'`);
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
