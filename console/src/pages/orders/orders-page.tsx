import { iconPlus, iconShoppingCart } from '@siemens/ix-icons/icons';
import { IxButton, IxInput } from '@siemens/ix-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOrders } from '../../api/orders.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { useDebounced } from '../../ui/debounced.ts';
import { browserZone, number } from '../../ui/format.ts';
import { useKept } from '../../ui/kept-filter.ts';
import { More } from '../../ui/more.tsx';
import { Page } from '../../ui/page.tsx';
import { rowsOf, totalOf } from '../../ui/rows-of.ts';
import { Segments } from '../../ui/segments.tsx';
import { OrderTable } from './order-table.tsx';
import './orders.css';

const FILTERS = ['all', 'at-risk', 'unplaceable', 'in-production', 'shipped', 'received'] as const;
const SORTS = ['requestedAt', 'submittedAt', 'hoursLate'] as const;

export function OrdersPage() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const [filter, setFilter] = useKept('orders.filter', FILTERS, 'all');
  const [sort, setSort] = useKept('orders.sort', SORTS, 'requestedAt');
  const [search, setSearch] = useState('');
  const q = useDebounced(search);
  const query = useOrders({
    q,
    sort,
    ...(filter === 'at-risk' ? { atRisk: true } : filter === 'all' ? {} : { state: filter }),
  });
  const submit = may(me, 'order.submit');
  const total = totalOf(query);
  const untouched = filter === 'all' && q === '';
  return (
    <Page
      title={t('orders.title')}
      lead={
        total === undefined
          ? t('common.zone', { zone: browserZone() })
          : t('orders.lead', { lines: number(total), zone: browserZone() })
      }
      actions={
        submit ? (
          <IxButton icon={iconPlus} onClick={() => void navigate({ to: '/orders/new' })}>
            {t('orders.new')}
          </IxButton>
        ) : null
      }
    >
      <div className="list-tools">
        <Segments
          label={t('orders.filter')}
          value={filter}
          options={FILTERS.map((one) => [
            one,
            one === 'all' || one === 'at-risk' ? t(`orders.filter-${one}`) : t(`line-state.${one}`),
          ])}
          onChange={setFilter}
        />
        <Segments
          label={t('orders.sort')}
          value={sort}
          options={SORTS.map((one) => [one, t(`orders.sort-${one}`)])}
          onChange={setSort}
        />
        <IxInput
          className="list-search"
          placeholder={t('orders.search')}
          aria-label={t('orders.search')}
          value={search}
          onValueChange={(event) => setSearch(event.detail)}
        />
      </div>
      <Answer
        query={rowsOf(query)}
        isEmpty={(rows) => rows.length === 0}
        empty={{
          icon: iconShoppingCart,
          title: untouched ? t('orders.empty') : t('orders.none-found'),
          text: untouched ? t('orders.empty-text') : t('orders.none-found-text'),
          ...(untouched && submit
            ? { action: t('orders.new'), onAction: () => void navigate({ to: '/orders/new' }) }
            : {}),
        }}
      >
        {(rows) => (
          <>
            <OrderTable rows={rows} />
            <More query={query} />
          </>
        )}
      </Answer>
    </Page>
  );
}
