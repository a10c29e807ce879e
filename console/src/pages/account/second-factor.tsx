import { IxButton, IxInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { session } from '../../api/session.ts';
import { Pill } from '../../ui/pill.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Secret } from '../../ui/secret.tsx';
import { tellDone } from '../../ui/toast.ts';

/** TOTP: the secret is shown once, and counts only after a code made from it was given back. */
export function SecondFactor({ enabled }: { readonly enabled: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [code, setCode] = useState('');
  const begin = useMutation({ mutationFn: session.beginTotp });
  const settled = (message: string) => async () => {
    setCode('');
    begin.reset();
    await client.invalidateQueries({ queryKey: ['me'] });
    tellDone(message);
  };
  const confirm = useMutation({
    mutationFn: () => session.confirmTotp(code),
    onSuccess: settled(t('account.totp-on-done')),
  });
  const remove = useMutation({
    mutationFn: () => session.removeTotp(code),
    onSuccess: settled(t('account.totp-off-done')),
  });
  const codeField = (
    <IxInput
      label={t('account.totp-code')}
      value={code}
      maxLength={8}
      onValueChange={(event) => setCode(event.detail)}
    />
  );
  if (enabled) {
    return (
      <div className="form">
        <Pill tone="success">{t('account.totp-on')}</Pill>
        <p className="soft">{t('account.totp-off-lead')}</p>
        {codeField}
        <Refusal error={remove.error} />
        <div className="form-actions">
          <IxButton
            variant="danger-primary"
            loading={remove.isPending}
            disabled={code === ''}
            onClick={() => remove.mutate()}
          >
            {t('account.totp-remove')}
          </IxButton>
        </div>
      </div>
    );
  }
  if (!begin.data) {
    return (
      <div className="form">
        <p className="soft">{t('account.totp-lead')}</p>
        <Refusal error={begin.error} />
        <div className="form-actions">
          <IxButton loading={begin.isPending} onClick={() => begin.mutate()}>
            {t('account.totp-begin')}
          </IxButton>
        </div>
      </div>
    );
  }
  return (
    <div className="form">
      <p>{t('account.totp-add')}</p>
      <Secret label={t('account.totp-secret')} value={begin.data.secret} />
      <p className="soft">
        <a href={begin.data.uri}>{t('account.totp-open')}</a>
      </p>
      {codeField}
      <Refusal error={confirm.error} />
      <div className="form-actions">
        <IxButton loading={confirm.isPending} disabled={code.length < 6} onClick={() => confirm.mutate()}>
          {t('account.totp-confirm')}
        </IxButton>
      </div>
    </div>
  );
}
