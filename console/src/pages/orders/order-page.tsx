import { iconClose, iconHistory } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOrder, useOrderAllocations, useOrderShipments, useOrderSteps } from '../../api/orders.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { browserZone, instant } from '../../ui/format.ts';
import { Page, Panel } from '../../ui/page.tsx';
import { AllocationList } from './allocation-list.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import { LineTable } from './line-table.tsx';
import { OrderMap } from './order-map.tsx';
import { OrderStory } from './order-story.tsx';
import { ShipmentList } from './shipment-list.tsx';
import './orders.css';

export function OrderPage() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const { orderId } = useParams({ from: '/frame/orders/$orderId' });
  const order = useOrder(orderId);
  const steps = useOrderSteps(orderId);
  const allocations = useOrderAllocations(orderId);
  const shipments = useOrderShipments(orderId);
  const [cancelling, setCancelling] = useState(false);
  const open = order.data?.state === 'submitted' || order.data?.state === 'in-progress';
  return (
    <Page
      title={order.data?.orderNo ?? t('order.title')}
      lead={
        order.data
          ? t('order.lead', {
              buyer: order.data.buyerName,
              place: order.data.destination.name,
              at: instant(order.data.submittedAt, 'full'),
              zone: browserZone(),
            })
          : undefined
      }
      onBack={() => void navigate({ to: '/orders' })}
      actions={
        open && may(me, 'order.cancel') ? (
          <IxButton variant="secondary" icon={iconClose} onClick={() => setCancelling(true)}>
            {t('order.cancel')}
          </IxButton>
        ) : null
      }
    >
      <Answer query={order} skeleton="page">
        {(data) => (
          <div className="order-detail">
            <Panel className="order-lines" title={t('order.lines')}>
              <LineTable lines={data.lines} />
            </Panel>
            <Panel className="order-story" title={t('order.story')} hint={browserZone()}>
              <Answer
                query={steps}
                isEmpty={({ rows }) => rows.length === 0}
                empty={{ icon: iconHistory, title: t('order.no-story'), text: t('order.no-story-text') }}
              >
                {({ rows }) => <OrderStory steps={rows} />}
              </Answer>
            </Panel>
            <Panel className="order-place" title={t('order.places')}>
              <OrderMap
                destination={data.destination}
                allocations={allocations.data?.rows ?? []}
                shipments={shipments.data?.rows ?? []}
              />
            </Panel>
            <Panel className="order-allocations" title={t('order.allocations')}>
              <Answer query={allocations}>{({ rows }) => <AllocationList allocations={rows} />}</Answer>
            </Panel>
            <Panel className="order-shipments" title={t('order.shipments')}>
              <Answer query={shipments}>{({ rows }) => <ShipmentList shipments={rows} />}</Answer>
            </Panel>
          </div>
        )}
      </Answer>
      {cancelling && order.data ? (
        <CancelDialog order={order.data} onClose={() => setCancelling(false)} />
      ) : null}
    </Page>
  );
}
