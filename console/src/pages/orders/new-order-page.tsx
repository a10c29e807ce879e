import type { PromiseRequest } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { orders, useLastDestination, usePromise } from '../../api/orders.ts';
import { useItems } from '../../api/registry.ts';
import { useMe } from '../../api/session.ts';
import { useDomainNow } from '../../app/domain-clock.ts';
import { actsFor } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { useDebounced } from '../../ui/debounced.ts';
import { Page, Panel } from '../../ui/page.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { type Draft, emptyDraft, orderOf, promiseOf } from './draft.ts';
import { OrderForm } from './order-form.tsx';
import { PromiseCards } from './promise-cards.tsx';
import './orders.css';

export function NewOrderPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const items = useItems();
  const last = useLastDestination();
  return (
    <Page
      title={t('new-order.title')}
      lead={t('new-order.lead')}
      onBack={() => void navigate({ to: '/orders' })}
    >
      <Answer
        query={items}
        skeleton="cards"
        isEmpty={(rows) => rows.length === 0}
        empty={{ icon: '', title: t('new-order.no-items'), text: t('new-order.no-items-text') }}
      >
        {(rows) => (last.isPending ? null : <Composer items={rows} destination={last.data ?? null} />)}
      </Answer>
    </Page>
  );
}

type ComposerProps = Readonly<{
  items: NonNullable<ReturnType<typeof useItems>['data']>;
  destination: ReturnType<typeof useLastDestination>['data'] | null;
}>;

function Composer({ items, destination }: ComposerProps) {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const now = useDomainNow(60_000);
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(now, destination ?? null));
  const needsBuyer = actsFor(me, 'operator');
  const question = useMemo(() => promiseOf(draft), [draft]);
  const settled = useDebounced<PromiseRequest | null>(question);
  const promise = usePromise(settled);
  const order = orderOf(draft, needsBuyer);
  const submit = useMutation({
    mutationFn: orders.submit,
    onSuccess: (made) => navigate({ to: '/orders/$orderId', params: { orderId: made.id } }),
  });
  return (
    <div className="new-order">
      <Panel title={t('new-order.what')}>
        <OrderForm draft={draft} items={items} needsBuyer={needsBuyer} onChange={setDraft} />
        <Refusal error={submit.error} />
        <div className="form-actions new-order-actions">
          <IxButton variant="secondary" onClick={() => void navigate({ to: '/orders' })}>
            {t('common.cancel')}
          </IxButton>
          <IxButton
            disabled={order === null}
            loading={submit.isPending}
            onClick={() => order && submit.mutate(order)}
          >
            {t('new-order.submit')}
          </IxButton>
        </div>
      </Panel>
      <Panel title={t('new-order.promise')} hint={t('new-order.promise-hint')}>
        <PromiseCards question={settled} promise={promise} />
      </Panel>
    </div>
  );
}
