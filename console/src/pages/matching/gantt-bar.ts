import { iconLock } from '@siemens/ix-icons/icons';
import type { CustomSeriesRenderItem } from 'echarts';
import { drawSpans, iconImage, shortNumber } from '../../ui/gantt-box.ts';
import { type Palette, priorityColor } from '../../ui/palette.ts';
import type { Bar } from './gantt-rows.ts';

/** Narrower bars carry no text: it would be cut to nothing. */
const TEXT_FROM_PX = 34;
const LOCK_PX = 12;

type Emphasis = Readonly<{ selected: string | null; marked: ReadonlySet<string> | null }>;

export function ganttBar(palette: Palette, bars: readonly Bar[], emphasis: Emphasis): CustomSeriesRenderItem {
  const lockImage = iconImage(iconLock, '#101418');
  return drawSpans(bars, {}, ({ allocation }, { x, y, width, height, middle }) => {
    const isFaint = emphasis.marked !== null && !emphasis.marked.has(allocation.lineId);
    const color = priorityColor(palette, allocation.priority);
    const isLocked = allocation.lock !== 'none';
    const isOffer = allocation.state === 'offered';
    const isMade = allocation.state === 'produced';
    return [
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
  });
}
