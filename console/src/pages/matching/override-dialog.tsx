import type { Allocation, Lock, NewOverride } from '@millrace/contract';
import { IxButton, IxInput, IxNumberInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { matching, useOverridePreview } from '../../api/matching.ts';
import { useSites } from '../../api/registry.ts';
import { useDebounced } from '../../ui/debounced.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { browserZone, fromLocalInput, toLocalInput } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Segments } from '../../ui/segments.tsx';
import { Select } from '../../ui/select.tsx';
import { tellDone } from '../../ui/toast.ts';
import { PreviewNote } from './preview-note.tsx';

export type Wish = Readonly<{ allocation: Allocation; lock: Lock; siteId: string; finishAt: number }>;
type Props = Readonly<{ wish: Wish; onClose: () => void }>;

const LOCK_ORDER = ['site', 'date', 'quantity', 'none'] as const;
/** Contract `NewOverride.reason`. */
const REASON_LENGTH_MIN = 3;

/** The operator's hand on the plan: what, why, and what it costs, before it happens. */
export function OverrideDialog({ wish, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const sites = useSites();
  const { allocation } = wish;
  const [lock, setLock] = useState<Lock>(wish.lock);
  const [siteId, setSiteId] = useState(wish.siteId);
  const [quantity, setQuantity] = useState(allocation.quantity);
  const [finish, setFinish] = useState(() => toLocalInput(wish.finishAt));
  const [reason, setReason] = useState('');
  const finishAt = fromLocalInput(finish);
  const said = reason.trim();
  const asked = useMemo<NewOverride>(
    () => ({
      lineId: allocation.lineId,
      lock,
      ...(lock === 'site' || lock === 'quantity' ? { siteId } : {}),
      ...(lock === 'quantity' ? { quantity } : {}),
      ...(lock === 'date' && finishAt !== null ? { finishAt } : {}),
      // The price is asked for before the reason is written; the reason does not change it.
      reason: 'preview',
    }),
    [allocation.lineId, lock, siteId, quantity, finishAt],
  );
  const settled = useDebounced(asked);
  const preview = useOverridePreview(settled);
  const apply = useMutation({
    mutationFn: () => matching.override({ ...asked, reason: said }),
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('override.done', { order: allocation.orderNo }));
      onClose();
    },
  });
  const ready = said.length >= REASON_LENGTH_MIN && preview.data?.feasible === true && settled === asked;
  return (
    <Dialog
      title={t('override.title', { order: allocation.orderNo })}
      size="720"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton disabled={!ready} loading={apply.isPending} onClick={() => apply.mutate()}>
            {t(`override.do-${lock}`)}
          </IxButton>
        </>
      }
    >
      <div className="form">
        <Segments
          label={t('override.what')}
          value={lock}
          options={LOCK_ORDER.map((one) => [one, t(`override.lock-${one}`)])}
          onChange={setLock}
        />
        <p className="soft">{t(`override.meaning-${lock}`)}</p>
        <div className="form-grid">
          {lock === 'site' || lock === 'quantity' ? (
            <Select
              label={t('allocation.site')}
              value={siteId}
              options={(sites.data ?? []).map((site) => [site.id, site.name])}
              onChange={setSiteId}
            />
          ) : null}
          {lock === 'quantity' ? (
            <IxNumberInput
              label={t('new-order.quantity')}
              min={1}
              value={quantity}
              onValueChange={({ detail }) => setQuantity(Math.max(1, Math.round(detail ?? 1)))}
            />
          ) : null}
          {lock === 'date' ? (
            <Field label={t('override.finish')} help={t('common.zone', { zone: browserZone() })}>
              <input
                type="datetime-local"
                value={finish}
                onChange={({ target }) => setFinish(target.value)}
              />
            </Field>
          ) : null}
        </div>
        <IxInput
          label={t('override.reason')}
          helperText={t('override.reason-help')}
          required
          value={reason}
          maxLength={500}
          onValueChange={({ detail }) => setReason(detail)}
        />
        <Refusal error={apply.error} />
        <PreviewNote preview={preview} currency={allocation.currency} />
      </div>
    </Dialog>
  );
}
