import type { Gateway } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi } from '../../api/gateway.ts';
import { useOrganisations } from '../../api/registry.ts';
import { useMe } from '../../api/session.ts';
import { actsFor } from '../../app/permission.ts';
import { Field } from '../../ui/field.tsx';
import { Refusal } from '../../ui/refusal.tsx';

/** Its token goes to the agent by the enrolment code; the one made here is never shown. */
export function NewGateway({ onMade }: { readonly onMade: (gateway: Gateway) => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const isOperator = actsFor(me, 'operator');
  const organisations = useOrganisations(isOperator);
  const factories = (organisations.data ?? []).filter(({ kind }) => kind === 'factory');
  const [organisationId, setOrganisationId] = useState('');
  const [name, setName] = useState('');
  const [code, setCode] = useState('');
  const make = useMutation({
    mutationFn: () =>
      gatewayApi.make({
        name: name.trim(),
        code: code.trim(),
        ...(isOperator ? { organisationId } : {}),
      }),
    onSuccess: async ({ gateway }) => {
      onMade(gateway);
      await client.invalidateQueries({ queryKey: ['list', '/gateway-summaries'] });
    },
  });
  const ready = name.trim() !== '' && code.trim() !== '' && (!isOperator || organisationId !== '');
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) make.mutate();
      }}
    >
      <h3>{t('onboarding.gateway-new')}</h3>
      {isOperator ? (
        <Field label={t('user.organisation')}>
          <select value={organisationId} onChange={(event) => setOrganisationId(event.target.value)}>
            <option value="">{t('select.placeholder')}</option>
            {factories.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </Field>
      ) : null}
      <Field label={t('gateway.name')} help={t('onboarding.gateway-name-help')}>
        <input value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t('organisation.code')} help={t('onboarding.gateway-code-help')}>
        <input value={code} maxLength={64} onChange={(event) => setCode(event.target.value)} />
      </Field>
      <Refusal error={make.error} />
      <div className="form-actions">
        <IxButton type="submit" disabled={!ready} loading={make.isPending}>
          {t('onboarding.gateway-make')}
        </IxButton>
      </div>
    </form>
  );
}
