import type { Allocation } from '@millrace/contract';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { instant, number } from '../../ui/format.ts';
import { Gantt } from '../../ui/gantt.tsx';
import type { GanttDrop } from '../../ui/gantt-drag.ts';
import { usePalette } from '../../ui/palette.ts';
import { ganttBar } from './gantt-bar.ts';
import type { Bar, Gantt as PlanGantt } from './gantt-rows.ts';

/** As much of the past as explains the present. */
const LOOK_BACK_MS = 18 * 3_600_000;
/** Nobody drags to the minute; the dialog takes it from here. */
const STEP_MS = 15 * 60_000;

export type Drop = Readonly<{ bar: Bar; siteId: string; finishAt: number }>;
type Props = Readonly<{
  gantt: PlanGantt;
  from: number;
  to: number;
  now: number;
  selected: string | null;
  /** Lines to stand out; null = all alike. */
  marked: ReadonlySet<string> | null;
  draggable: boolean;
  onSelect: (allocation: Allocation) => void;
  onDrop: (drop: Drop) => void;
}>;

export function GanttChart({ gantt, from, to, now, selected, marked, draggable, onSelect, onDrop }: Props) {
  const { t } = useTranslation();
  const palette = usePalette();
  const { rows, bars } = gantt;
  const renderItem = useMemo(
    () => ganttBar(palette, bars, { selected, marked }),
    [palette, bars, selected, marked],
  );
  const marks = useMemo(() => [{ at: now, text: t('matching.now'), color: palette.p1 }], [now, t, palette]);
  const tip = useCallback(({ allocation }: Bar) => tipOf(allocation, t), [t]);
  const drop = ({ bar, row, shiftMs }: GanttDrop<Bar>) => {
    const finishAt = Math.round((bar.allocation.finishAt + shiftMs) / STEP_MS) * STEP_MS;
    onDrop({ bar, siteId: rows[row]?.siteId ?? bar.allocation.siteId, finishAt });
  };
  return (
    <Gantt
      label={t('matching.gantt')}
      rows={rows}
      bars={bars}
      renderItem={renderItem}
      from={from}
      to={to}
      now={now}
      marks={marks}
      lookBackMs={LOOK_BACK_MS}
      grabbable={draggable}
      canDrag={() => draggable}
      tip={tip}
      onSelect={(bar) => onSelect(bar.allocation)}
      onDrop={drop}
    />
  );
}

function tipOf(allocation: Allocation, t: ReturnType<typeof useTranslation>['t']): string {
  return [
    `${allocation.orderNo} · P${allocation.priority} · ${t(`allocation-state.${allocation.state}`)}`,
    allocation.itemName,
    `${allocation.siteName} · ${t('quantity.pieces', { quantity: number(allocation.quantity) })}`,
    `${instant(allocation.startAt)} → ${instant(allocation.finishAt)}`,
    allocation.lock === 'none' ? '' : t(`lock.${allocation.lock}`),
  ]
    .filter((line) => line !== '')
    .join('\n');
}
