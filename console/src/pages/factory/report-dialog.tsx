import type { ProductionOrder } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { factory } from '../../api/factory.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { number } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Segments } from '../../ui/segments.tsx';
import { tellDone } from '../../ui/toast.ts';
import { Counter } from './counter.tsx';

type Props = Readonly<{ order: ProductionOrder; onClose: () => void }>;
const SCRAP_REASONS = ['dimension', 'surface', 'material', 'setup', 'other'] as const;

/** Three taps: report, the number, done. The machine's operation is chosen already where there is only one running. */
export function ReportDialog({ order, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const open = order.operations.filter(({ state }) => state === 'running' || state === 'queued');
  const [operationId, setOperationId] = useState(
    () => (open.find(({ state }) => state === 'running') ?? open[0])?.id ?? '',
  );
  const operation = open.find(({ id }) => id === operationId);
  const [good, setGood] = useState(0);
  const [scrap, setScrap] = useState(0);
  const [scrapReason, setScrapReason] = useState<(typeof SCRAP_REASONS)[number]>('dimension');
  // Made once per opened dialog: the same report sent twice (bad radio, second tap) counts once.
  const [reportKey] = useState(
    () => `web-${order.id.slice(-12)}-${Math.floor(performance.timeOrigin + performance.now())}`,
  );
  const report = useMutation({
    mutationFn: () =>
      factory.report({
        operationId,
        good,
        scrap,
        reportKey,
        ...(scrap > 0 ? { scrapReason: t(`scrap.${scrapReason}`) } : {}),
      }),
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('report.done', { good: number(good), scrap: number(scrap) }));
      onClose();
    },
  });
  return (
    <Dialog
      title={t('report.title', { number: order.productionNo })}
      size="480"
      onClose={onClose}
      footer={
        <IxButton
          className="report-send"
          disabled={(good === 0 && scrap === 0) || operationId === ''}
          loading={report.isPending}
          onClick={() => report.mutate()}
        >
          {t('report.send', { good: number(good), scrap: number(scrap) })}
        </IxButton>
      }
    >
      <div className="form big-targets">
        <p>{order.itemName}</p>
        {open.length > 1 ? (
          <Segments
            label={t('machines.machine')}
            value={operationId}
            options={open.map(({ id, machineCode }) => [id, machineCode])}
            onChange={setOperationId}
          />
        ) : null}
        <Counter
          label={t('report.good')}
          value={good}
          rest={operation ? Math.max(0, operation.quantity - operation.goodQuantity) : 0}
          onChange={setGood}
        />
        <Counter label={t('report.scrap')} value={scrap} rest={0} onChange={setScrap} />
        {scrap > 0 ? (
          <Segments
            label={t('report.scrap-reason')}
            value={scrapReason}
            options={SCRAP_REASONS.map((one) => [one, t(`scrap.${one}`)])}
            onChange={setScrapReason}
          />
        ) : null}
        <Refusal error={report.error} />
      </div>
    </Dialog>
  );
}
