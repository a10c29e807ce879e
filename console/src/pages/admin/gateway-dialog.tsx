import type { GatewayToken } from '@millrace/contract';
import { IxButton, IxInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { admin } from '../../api/admin.ts';
import { useOrganisations } from '../../api/registry.ts';
import { useMe } from '../../api/session.ts';
import { actsFor } from '../../app/permission.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Select } from '../../ui/select.tsx';

type Props = Readonly<{ onClose: () => void; onMade: (made: GatewayToken) => void }>;

export function GatewayDialog({ onClose, onMade }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const isOperator = actsFor(me, 'operator');
  const organisations = useOrganisations(isOperator);
  const [organisationId, setOrganisationId] = useState('');
  const [code, setCode] = useState('');
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () =>
      admin.makeGateway({
        code: code.trim(),
        name: name.trim(),
        ...(isOperator && organisationId !== '' ? { organisationId } : {}),
      }),
    onSuccess: async (made) => {
      await client.invalidateQueries();
      onMade(made);
    },
  });
  const factories = (organisations.data ?? []).filter(({ kind }) => kind === 'factory');
  return (
    <Dialog
      title={t('gateway.new')}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton
            loading={make.isPending}
            disabled={code.trim() === '' || name.trim() === '' || (isOperator && organisationId === '')}
            onClick={() => make.mutate()}
          >
            {t('common.create')}
          </IxButton>
        </>
      }
    >
      <div className="form">
        {isOperator ? (
          <Select
            label={t('user.organisation')}
            value={organisationId}
            options={factories.map((one) => [one.id, one.name])}
            onChange={setOrganisationId}
          />
        ) : null}
        <IxInput label={t('gateway.name')} value={name} onValueChange={({ detail }) => setName(detail)} />
        <IxInput
          label={t('organisation.code')}
          helperText={t('organisation.code-help')}
          value={code}
          onValueChange={({ detail }) => setCode(detail)}
        />
        <Refusal error={make.error} />
      </div>
    </Dialog>
  );
}
