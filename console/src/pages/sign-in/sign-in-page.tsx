import { IxButton, IxInput } from '@siemens/ix-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../../api/request.ts';
import { session } from '../../api/session.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Door } from './door.tsx';
import { useEnter } from './enter.ts';

export function SignInPage() {
  const { t } = useTranslation();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [totp, setTotp] = useState('');
  const [asksTotp, setAsksTotp] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const enter = useEnter();
  const setUpNeeded = useQuery({ queryKey: ['set-up-needed'], queryFn: session.setUpNeeded, retry: false });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await enter(await session.signIn({ email, password, ...(asksTotp ? { totp } : {}) }));
    } catch (refused) {
      if (refused instanceof ApiProblem && refused.code === 'totp-required') setAsksTotp(true);
      else setError(refused);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Door title={t('door.sign-in')}>
      <form className="door-form" onSubmit={(event) => void submit(event)} noValidate>
        <IxInput
          type="email"
          name="email"
          label={t('door.email')}
          value={email}
          required
          onValueChange={(event) => setEmail(event.detail)}
        />
        <IxInput
          type="password"
          name="password"
          label={t('door.password')}
          value={password}
          required
          onValueChange={(event) => setPassword(event.detail)}
        />
        {asksTotp ? (
          <IxInput
            name="totp"
            label={t('door.totp')}
            helperText={t('door.totp-help')}
            value={totp}
            maxLength={8}
            onValueChange={(event) => setTotp(event.detail)}
          />
        ) : null}
        <Refusal error={error} />
        <IxButton type="submit" loading={busy} disabled={email === '' || password === ''}>
          {t('door.enter')}
        </IxButton>
      </form>
      <p className="soft door-note">
        {setUpNeeded.data?.needed ? t('door.set-up-needed') : t('door.no-password')}
      </p>
    </Door>
  );
}
