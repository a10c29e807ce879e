import type { Item } from '@millrace/contract';
import { IxCheckbox, IxInput, IxNumberInput } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';
import { useOrganisations } from '../../api/registry.ts';
import { Field } from '../../ui/field.tsx';
import { browserZone } from '../../ui/format.ts';
import { Select } from '../../ui/select.tsx';
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
      <Select
        label={t('order.item')}
        required
        value={draft.itemId}
        options={items.map((item) => [item.id, `${item.code} · ${item.name}`])}
        onChange={(itemId) => set({ itemId })}
      />
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
        <Select
          label={t('order.priority')}
          value={String(draft.priority)}
          options={['0', '1', '2', '3', '4'].map((priority) => [priority, t(`priority.p${priority}`)])}
          onChange={(priority) => set({ priority: Number(priority) })}
        />
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
    <Select
      label={t('new-order.buyer')}
      required
      value={value}
      options={buyers.map((buyer) => [buyer.id, buyer.name])}
      onChange={onChange}
    />
  );
}
