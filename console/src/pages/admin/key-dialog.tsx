import { API_SCOPES } from '@millrace/contract';
import { IxButton, IxCheckbox, IxInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { admin } from '../../api/admin.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Secret } from '../../ui/secret.tsx';

type Scope = (typeof API_SCOPES)[number];

export function KeyDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['read']);
  const [until, setUntil] = useState('');
  const expiresAt = until === '' ? null : new Date(`${until}T23:59:59`).getTime();
  const make = useMutation({
    mutationFn: () =>
      admin.makeKey({ name: name.trim(), scopes: [...scopes], ...(expiresAt === null ? {} : { expiresAt }) }),
    onSuccess: () => client.invalidateQueries(),
  });
  if (make.data) {
    return (
      <Dialog
        title={t('key.made', { name: make.data.apiKey.name })}
        onClose={onClose}
        footer={<IxButton onClick={onClose}>{t('secret.kept')}</IxButton>}
      >
        <div className="form">
          <p>{t('key.made-text')}</p>
          <Secret label={t('secret.once')} value={make.data.secret} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t('key.new')}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton
            loading={make.isPending}
            disabled={name.trim() === '' || scopes.length === 0}
            onClick={() => make.mutate()}
          >
            {t('common.create')}
          </IxButton>
        </>
      }
    >
      <div className="form">
        <IxInput
          label={t('key.name')}
          helperText={t('key.name-help')}
          value={name}
          onValueChange={({ detail }) => setName(detail)}
        />
        <fieldset className="scopes">
          <legend>{t('key.scopes')}</legend>
          {API_SCOPES.map((scope) => (
            <IxCheckbox
              key={scope}
              label={t(`scope.${scope}`)}
              checked={scopes.includes(scope)}
              onCheckedChange={({ detail }) =>
                setScopes((all) => (detail ? [...all, scope] : all.filter((one) => one !== scope)))
              }
            />
          ))}
        </fieldset>
        <Field label={t('key.until')} help={t('key.until-help')}>
          <input type="date" value={until} onChange={({ target }) => setUntil(target.value)} />
        </Field>
        <Refusal error={make.error} />
      </div>
    </Dialog>
  );
}
