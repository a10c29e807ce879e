import { IxButton, IxInput } from '@siemens/ix-react';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../../api/request.ts';
import { session } from '../../api/session.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Door } from './door.tsx';
import { useEnter } from './enter.ts';

/** Shortest password the server takes (contract `Password`). */
const PASSWORD_LENGTH_MIN = 12;

/** A one-time link signs in by itself; only an invited person is asked for a password first. */
export function LinkPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const enter = useEnter();
  const [asksPassword, setAsksPassword] = useState(false);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [token] = useState(() => new URLSearchParams(window.location.search).get('token') ?? '');
  const asked = useRef(false);

  const open = async (chosen?: string) => {
    setError(null);
    try {
      await enter(await session.signInByLink({ token, ...(chosen ? { password: chosen } : {}) }));
    } catch (refused) {
      if (refused instanceof ApiProblem && refused.code === 'password-needed') setAsksPassword(true);
      else setError(refused);
    }
  };
  useEffect(() => {
    // The link works once: a second run of the effect (React's strict mode) must not spend it again.
    if (asked.current) return;
    asked.current = true;
    void open();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void open(password);
  };

  if (asksPassword) {
    return (
      <Door title={t('door.choose-password')} lead={t('door.choose-password-lead')}>
        <form className="door-form" onSubmit={submit} noValidate>
          <IxInput
            type="password"
            name="password"
            label={t('door.password')}
            helperText={t('door.password-rule', { count: PASSWORD_LENGTH_MIN })}
            value={password}
            onValueChange={(event) => setPassword(event.detail)}
          />
          <Refusal error={error} />
          <IxButton type="submit" disabled={password.length < PASSWORD_LENGTH_MIN}>
            {t('door.enter')}
          </IxButton>
        </form>
      </Door>
    );
  }
  return (
    <Door title={error ? t('door.link-failed') : t('door.opening')}>
      {error ? (
        <>
          <Refusal error={error} />
          <IxButton variant="secondary" onClick={() => void navigate({ to: '/sign-in' })}>
            {t('door.to-sign-in')}
          </IxButton>
        </>
      ) : (
        <Skeleton shape="rows" />
      )}
    </Door>
  );
}
