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
  const later = changes.filter((change) => isLater(change) && !change.breaksPromise);
  const earlier = changes.filter((change) => isEarlier(change) && !change.breaksPromise);
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
        <Changes
          title={t('schedule.breaks', { orders: number(broken.length) })}
          changes={broken}
          isBad={true}
        />
        <Changes title={t('schedule.later', { orders: number(later.length) })} changes={later} />
        <Changes title={t('schedule.earlier', { orders: number(earlier.length) })} changes={earlier} />
        {broken.length + later.length + earlier.length === 0 ? (
          <p className="soft">{t('schedule.same-finish')}</p>
        ) : null}
        <Refusal error={apply.error} />
      </div>
    </Dialog>
  );
}

type ChangesProps = Readonly<{ title: string; changes: readonly OrderChange[]; isBad?: boolean }>;

function Changes({ title, changes, isBad = false }: ChangesProps) {
  const { t } = useTranslation();
  if (changes.length === 0) return null;
  return (
    <section className="schedule-changes">
      <h3 className={isBad ? 'late' : ''}>{title}</h3>
      <ul>
        {changes.map(({ order, before, after }) => (
          <li key={order.productionOrderId}>
            <Priority value={order.priority} />
            <span>
              {order.itemName} <span className="soft">{order.productionNo}</span>
            </span>
            <span>
              {instant(before)} → <strong>{instant(after)}</strong>{' '}
              <span className={isBad ? 'late' : 'soft'}>
                {t(after > before ? 'schedule.by-later' : 'schedule.by-earlier', {
                  time: duration(after - before),
                })}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
