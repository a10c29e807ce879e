import { type OneTimeLink, ROLES_BY_KIND, type Role, type User } from '@millrace/contract';
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

type Props = Readonly<{ onClose: () => void; onInvited: (made: { user: User; link: OneTimeLink }) => void }>;

export function InviteDialog({ onClose, onInvited }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const isOperator = actsFor(me, 'operator');
  const organisations = useOrganisations(isOperator);
  const [organisationId, setOrganisationId] = useState(me?.acting.organisationId ?? '');
  const chosen = organisations.data?.find(({ id }) => id === organisationId);
  const roles: readonly Role[] = ROLES_BY_KIND[chosen?.kind ?? me?.acting.organisationKind ?? 'operator'];
  const [role, setRole] = useState<Role>('viewer');
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const invite = useMutation({
    mutationFn: () =>
      admin.inviteUser({
        email: email.trim(),
        name: name.trim(),
        role,
        ...(isOperator ? { organisationId } : {}),
      }),
    onSuccess: async (made) => {
      await client.invalidateQueries();
      onInvited(made);
    },
  });
  return (
    <Dialog
      title={t('user.invite')}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton
            loading={invite.isPending}
            disabled={email.trim() === '' || name.trim() === ''}
            onClick={() => invite.mutate()}
          >
            {t('user.invite-do')}
          </IxButton>
        </>
      }
    >
      <div className="form">
        {isOperator ? (
          <Select
            label={t('user.organisation')}
            value={organisationId}
            options={(organisations.data ?? []).map((one) => [one.id, one.name])}
            onChange={(id) => {
              setOrganisationId(id);
              setRole('viewer');
            }}
          />
        ) : null}
        <IxInput label={t('user.name')} value={name} onValueChange={({ detail }) => setName(detail)} />
        <IxInput
          type="email"
          label={t('door.email')}
          value={email}
          onValueChange={({ detail }) => setEmail(detail)}
        />
        <Select
          label={t('user.role')}
          value={role}
          options={roles.map((one) => [one, t(`role.${one}`)])}
          onChange={setRole}
        />
        <p className="soft">{t(`role-meaning.${role}`)}</p>
        <Refusal error={invite.error} />
      </div>
    </Dialog>
  );
}
