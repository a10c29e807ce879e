import type { OrderOfWork, SchedulePin, SiteSchedule } from '@millrace/contract';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { duration, instant, number } from '../../ui/format.ts';
import { Gantt } from '../../ui/gantt.tsx';
import type { GanttDrop } from '../../ui/gantt-drag.ts';
import { usePalette } from '../../ui/palette.ts';
import { closedTime, workBar } from './schedule-bar.ts';
import { type WorkBar, workGantt } from './schedule-rows.ts';

/** Nobody drags to the minute; the panel beside takes it from here. */
const STEP_MS = 15 * 60_000;
const LOOK_BACK_MS = 30 * 60_000;

type Props = Readonly<{
  schedule: SiteSchedule;
  plan: OrderOfWork;
  pins: ReadonlyMap<string, SchedulePin>;
  now: number;
  /** Nothing before is moved; only a proposal has one. */
  fenceAt: number | null;
  selected: string | null;
  canPin: boolean;
  onSelect: (operationId: string) => void;
  onPin: (pin: SchedulePin) => void;
}>;

export function ScheduleGantt(props: Props) {
  const { schedule, plan, pins, now, fenceAt, selected, canPin, onSelect, onPin } = props;
  const { t } = useTranslation();
  const palette = usePalette();
  const gantt = useMemo(() => workGantt(schedule, plan, pins), [schedule, plan, pins]);
  const order = schedule.work.find(({ operationId }) => operationId === selected)?.productionOrderId ?? null;
  const renderItem = useMemo(() => workBar(palette, gantt.bars, order), [palette, gantt, order]);
  const backdrop = useMemo(
    () => ({ spans: gantt.closed, renderItem: closedTime(palette, gantt.closed) }),
    [palette, gantt],
  );
  const marks = useMemo(
    () => [
      { at: now, text: t('matching.now'), color: palette.p1 },
      ...(fenceAt === null ? [] : [{ at: fenceAt, color: palette.text, dashed: true }]),
    ],
    [now, fenceAt, t, palette],
  );
  const tip = useCallback((bar: WorkBar) => tipOf(bar, t), [t]);
  const drop = ({ bar, row, shiftMs }: GanttDrop<WorkBar>) => {
    const target = gantt.rows[row]?.machineId ?? bar.machineId;
    const machineId = bar.work.machineIds.includes(target) ? target : bar.machineId;
    const runFrom = Math.round((bar.runFrom + shiftMs) / STEP_MS) * STEP_MS;
    onSelect(bar.operationId);
    onPin({ operationId: bar.operationId, machineId, runFrom });
  };
  return (
    <Gantt
      label={t('schedule.gantt')}
      rows={gantt.rows}
      bars={gantt.bars}
      renderItem={renderItem}
      backdrop={backdrop}
      from={gantt.from}
      to={gantt.to}
      now={now}
      marks={marks}
      narrow={true}
      lookBackMs={LOOK_BACK_MS}
      grabbable={canPin}
      canDrag={({ work }) => canPin && work.state === 'queued'}
      tip={tip}
      onSelect={({ operationId }) => onSelect(operationId)}
      onDrop={drop}
    />
  );
}

function tipOf(bar: WorkBar, t: ReturnType<typeof useTranslation>['t']): string {
  const { order, work } = bar;
  return [
    `${order.productionNo} · P${order.priority} · ${t(`operation.${work.state}`)}`,
    order.itemName,
    `${bar.machineCode} · ${t('quantity.pieces', { quantity: number(work.remaining) })}`,
    bar.runFrom > bar.from ? t('schedule.set-up-for', { time: duration(bar.runFrom - bar.from) }) : '',
    `${instant(bar.runFrom)} → ${instant(bar.to)}`,
    bar.lateMs > 0 ? t('order.late-by', { time: duration(bar.lateMs) }) : '',
    bar.pinned ? t('schedule.pinned') : '',
  ]
    .filter((line) => line !== '')
    .join('\n');
}
