import type { Item } from '@millrace/contract';
import { IxCheckbox, IxInput, IxNumberInput, IxSelect, IxSelectItem } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';
import { useOrganisations } from '../../api/registry.ts';
import { Field } from '../../ui/field.tsx';
import { browserZone } from '../../ui/format.ts';
import type { Draft } from './draft.ts';

type Props = Readonly<{
  draft: Draft;
  items: readonly Item[];
  needsBuyer: boolean;
  onChange: (draft: Draft) => void;
}>;

export function OrderForm({ draft, items, needsBuyer, onChange }: Props) {
  const { t } = useTranslation();
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  return (
    <div className="form">
      {needsBuyer ? (
        <BuyerSelect value={draft.buyerOrganisationId} onChange={(id) => set({ buyerOrganisationId: id })} />
      ) : null}
      <IxSelect
        label={t('order.item')}
        required
        value={draft.itemId}
        onValueChange={({ detail }) => set({ itemId: String(detail) })}
      >
        {items.map((item) => (
          <IxSelectItem key={item.id} value={item.id} label={`${item.code} · ${item.name}`} />
        ))}
      </IxSelect>
      <div className="form-grid">
        <IxNumberInput
          label={t('new-order.quantity')}
          required
          min={1}
          value={draft.quantity}
          onValueChange={({ detail }) => set({ quantity: Math.round(detail ?? 0) })}
        />
        <Field label={t('new-order.requested')} help={t('common.zone', { zone: browserZone() })}>
          <input
            type="datetime-local"
            value={draft.requestedAt}
            onChange={({ target }) => set({ requestedAt: target.value })}
          />
        </Field>
        <IxSelect
          label={t('order.priority')}
          value={String(draft.priority)}
          onValueChange={({ detail }) => set({ priority: Number(detail) })}
        >
          {[0, 1, 2, 3, 4].map((priority) => (
            <IxSelectItem key={priority} value={String(priority)} label={t(`priority.p${priority}`)} />
          ))}
        </IxSelect>
      </div>
      <div className="form-grid">
        <IxInput
          label={t('new-order.place')}
          required
          value={draft.placeName}
          onValueChange={({ detail }) => set({ placeName: detail })}
        />
        <IxInput
          label={t('new-order.lat')}
          value={draft.lat}
          onValueChange={({ detail }) => set({ lat: detail })}
        />
        <IxInput
          label={t('new-order.lon')}
          value={draft.lon}
          onValueChange={({ detail }) => set({ lon: detail })}
        />
      </div>
      <div className="form-grid">
        <IxInput
          label={t('new-order.reference')}
          helperText={t('new-order.reference-help')}
          value={draft.reference}
          onValueChange={({ detail }) => set({ reference: detail })}
        />
        <div className="stack">
          <IxCheckbox
            label={t('new-order.split')}
            checked={draft.splitAllowed}
            onCheckedChange={({ detail }) => set({ splitAllowed: detail })}
          />
          {draft.splitAllowed ? (
            <IxNumberInput
              label={t('new-order.minimum')}
              min={1}
              value={draft.minimumShipment}
              onValueChange={({ detail }) => set({ minimumShipment: Math.max(1, Math.round(detail ?? 1)) })}
            />
          ) : null}
        </div>
      </div>
    </div>
  );
}

type BuyerProps = Readonly<{ value: string; onChange: (organisationId: string) => void }>;

function BuyerSelect({ value, onChange }: BuyerProps) {
  const { t } = useTranslation();
  const organisations = useOrganisations();
  const buyers = (organisations.data ?? []).filter(({ kind }) => kind === 'buyer' || kind === 'hospital');
  return (
    <IxSelect
      label={t('new-order.buyer')}
      required
      value={value}
      onValueChange={({ detail }) => onChange(String(detail))}
    >
      {buyers.map((buyer) => (
        <IxSelectItem key={buyer.id} value={buyer.id} label={buyer.name} />
      ))}
    </IxSelect>
  );
}
