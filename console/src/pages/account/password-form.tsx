import { IxButton, IxInput } from '@siemens/ix-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { session } from '../../api/session.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { tellDone } from '../../ui/toast.ts';

/** Shortest password the server takes (contract `Password`). */
const PASSWORD_LENGTH_MIN = 12;

export function PasswordForm() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => session.changePassword({ current, next }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      tellDone(t('account.password-changed'));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      <IxInput
        type="password"
        label={t('account.current-password')}
        value={current}
        onValueChange={(event) => setCurrent(event.detail)}
      />
      <IxInput
        type="password"
        label={t('account.next-password')}
        helperText={t('door.password-rule', { count: PASSWORD_LENGTH_MIN })}
        value={next}
        onValueChange={(event) => setNext(event.detail)}
      />
      <Refusal error={change.error} />
      <div className="form-actions">
        <IxButton type="submit" loading={change.isPending} disabled={next.length < PASSWORD_LENGTH_MIN}>
          {t('account.change-password')}
        </IxButton>
      </div>
    </form>
  );
}
