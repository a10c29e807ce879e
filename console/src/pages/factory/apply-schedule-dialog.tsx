import type { SchedulePreview } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { schedule } from '../../api/schedule.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { duration, instant, number } from '../../ui/format.ts';
import { Priority } from '../../ui/priority.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { tellDone } from '../../ui/toast.ts';
import { isEarlier, isLater, type OrderChange } from './schedule-rows.ts';

type Props = Readonly<{
  preview: SchedulePreview;
  changes: readonly OrderChange[];
  onClose: () => void;
  onApplied: () => void;
}>;

/** Asks once, in words that name what ends later and what earlier. */
export function ApplyScheduleDialog({ preview, changes, onClose, onApplied }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const broken = changes.filter(({ breaksPromise }) => breaksPromise);
  const kept = changes.filter(({ breaksPromise }) => !breaksPromise);
  const groups = [
    { name: 'breaks', changes: broken.filter(isLater), isPastPromise: true },
    { name: 'still-late', changes: broken.filter((change) => !isLater(change)), isPastPromise: true },
    { name: 'later', changes: kept.filter(isLater), isPastPromise: false },
    { name: 'earlier', changes: kept.filter(isEarlier), isPastPromise: false },
  ].filter((group) => group.changes.length > 0);
  const apply = useMutation({
    mutationFn: () =>
      schedule.apply(preview.siteId, {
        snapshotHash: preview.snapshotHash,
        acceptLater: broken.length > 0,
      }),
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('schedule.applied'));
      onApplied();
    },
  });
  return (
    <Dialog
      title={t('schedule.apply-title')}
      size="600"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton
            variant={broken.length > 0 ? 'danger-primary' : 'primary'}
            loading={apply.isPending}
            onClick={() => apply.mutate()}
          >
            {t(broken.length > 0 ? 'schedule.apply-later' : 'schedule.apply-do')}
          </IxButton>
        </>
      }
    >
      <div className="form big-targets">
        <p>{t('schedule.apply-text')}</p>
        {groups.map((group) => (
          <Changes key={group.name} {...group} />
        ))}
        {groups.length === 0 ? <p className="soft">{t('schedule.same-finish')}</p> : null}
        <Refusal error={apply.error} />
      </div>
    </Dialog>
  );
}

type ChangesProps = Readonly<{ name: string; changes: readonly OrderChange[]; isPastPromise: boolean }>;

/** The furthest moves first. Past the promise it is the promise that counts, otherwise what people expect today. */
function Changes({ name, changes, isPastPromise }: ChangesProps) {
  const { t } = useTranslation();
  return (
    <section className="schedule-changes">
      <h3 className={isPastPromise ? 'late' : ''}>
        {t(`schedule.group-${name}`, { orders: number(changes.length) })}
      </h3>
      <ul>
        {[...changes].sort(byMove).map((change) => (
          <li key={change.order.productionOrderId}>
            <Priority value={change.order.priority} />
            <span>
              {change.order.itemName} <span className="soft">{change.order.productionNo}</span>
            </span>
            {isPastPromise ? <PastPromise change={change} /> : <Moved change={change} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

const byMove = (a: OrderChange, b: OrderChange): number =>
  Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || b.lateMs - a.lateMs;

function PastPromise({ change: { order, after, lateMs } }: { readonly change: OrderChange }) {
  const { t } = useTranslation();
  return (
    <span>
      <strong>{instant(after)}</strong>{' '}
      <span className="late">{t('schedule.past-promise', { time: duration(lateMs) })}</span>{' '}
      <span className="soft">{t('schedule.promised', { at: instant(order.promisedFinish) })}</span>
    </span>
  );
}

function Moved({ change: { before, after } }: { readonly change: OrderChange }) {
  const { t } = useTranslation();
  return (
    <span>
      {instant(before)} → <strong>{instant(after)}</strong>{' '}
      <span className="soft">
        {t(after > before ? 'schedule.by-later' : 'schedule.by-earlier', { time: duration(after - before) })}
      </span>
    </span>
  );
}
