import type { OrderOfWork, SchedulePin, SiteSchedule } from '@millrace/contract';
import { iconLock, iconTrashcan } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/field.tsx';
import { browserZone, duration, fromLocalInput, instant, number, toLocalInput } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import { Select } from '../../ui/select.tsx';

type Props = Readonly<{
  schedule: SiteSchedule;
  plan: OrderOfWork;
  operationId: string;
  pin: SchedulePin | undefined;
  canPin: boolean;
  onPin: (pin: SchedulePin) => void;
  onUnpin: () => void;
  onClose: () => void;
}>;

/** One operation in words, and the pin for hands that do not drag. */
export function ScheduleWork({ schedule, plan, operationId, pin, canPin, onPin, onUnpin, onClose }: Props) {
  const { t } = useTranslation();
  const work = schedule.work.find((one) => one.operationId === operationId);
  const order = schedule.orders.find((one) => one.productionOrderId === work?.productionOrderId);
  const placed = plan.operations.find((one) => one.operationId === operationId);
  if (!work || !order || !placed) return null;
  const codeOf = (id: string): string => schedule.machines.find((one) => one.id === id)?.code ?? '?';
  const setUpMs = placed.runFrom - placed.from;
  return (
    <Panel
      title={order.itemName}
      hint={order.productionNo}
      tools={
        <IxButton variant="tertiary" onClick={onClose}>
          {t('common.close')}
        </IxButton>
      }
    >
      <dl className="facts">
        <div>
          <dt>{t('machines.machine')}</dt>
          <dd>{codeOf(placed.machineId)}</dd>
        </div>
        <div>
          <dt>{t('schedule.remaining')}</dt>
          <dd>{t('quantity.pieces', { quantity: number(work.remaining) })}</dd>
        </div>
        <div>
          <dt>{t('schedule.runs')}</dt>
          <dd>
            {instant(placed.runFrom)} → {instant(placed.to)}
            {setUpMs > 0 ? ` · ${t('schedule.set-up-for', { time: duration(setUpMs) })}` : ''}
          </dd>
        </div>
        <div>
          <dt>{t('schedule.promised-finish')}</dt>
          <dd>{instant(order.promisedFinish)}</dd>
        </div>
      </dl>
      {work.state === 'running' ? <p className="soft">{t('schedule.running-stays')}</p> : null}
      {canPin && work.state === 'queued' ? (
        <PinForm
          // Another pin, or another place in the proposal, is another form.
          key={`${operationId} ${pin?.machineId ?? placed.machineId} ${pin?.runFrom ?? placed.runFrom}`}
          value={pin ?? { operationId, machineId: placed.machineId, runFrom: placed.runFrom }}
          isPinned={pin !== undefined}
          machines={work.machineIds.map((id) => [id, codeOf(id)])}
          onPin={onPin}
          onUnpin={onUnpin}
        />
      ) : null}
    </Panel>
  );
}

type PinProps = Readonly<{
  value: SchedulePin;
  isPinned: boolean;
  machines: readonly (readonly [id: string, code: string])[];
  onPin: (pin: SchedulePin) => void;
  onUnpin: () => void;
}>;

function PinForm({ value, isPinned, machines, onPin, onUnpin }: PinProps) {
  const { t } = useTranslation();
  const [machineId, setMachineId] = useState(value.machineId);
  const [from, setFrom] = useState(() => toLocalInput(value.runFrom));
  const runFrom = fromLocalInput(from);
  return (
    <div className="schedule-pin big-targets">
      <Select label={t('machines.machine')} value={machineId} options={machines} onChange={setMachineId} />
      <Field label={t('schedule.pin-from')} help={t('common.zone', { zone: browserZone() })}>
        <input type="datetime-local" value={from} onChange={({ target }) => setFrom(target.value)} />
      </Field>
      <IxButton
        icon={iconLock}
        disabled={runFrom === null}
        onClick={() => runFrom !== null && onPin({ operationId: value.operationId, machineId, runFrom })}
      >
        {t('schedule.pin')}
      </IxButton>
      {isPinned ? (
        <IxButton icon={iconTrashcan} variant="secondary" onClick={onUnpin}>
          {t('schedule.unpin')}
        </IxButton>
      ) : null}
    </div>
  );
}
