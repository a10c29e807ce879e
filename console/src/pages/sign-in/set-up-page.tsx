import { IxButton, IxInput } from '@siemens/ix-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { session } from '../../api/session.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Door } from './door.tsx';
import { useEnter } from './enter.ts';

const FIELDS = [
  ['networkName', 'text'],
  ['organisationName', 'text'],
  ['name', 'text'],
  ['email', 'email'],
  ['password', 'password'],
] as const;
type Field = (typeof FIELDS)[number][0];
const EMPTY: Record<Field, string> = {
  networkName: '',
  organisationName: '',
  name: '',
  email: '',
  password: '',
};

/** First start: the link printed by the server makes the network and its first operator. */
export function SetUpPage() {
  const { t } = useTranslation();
  const enter = useEnter();
  const [values, setValues] = useState(EMPTY);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [token] = useState(() => new URLSearchParams(window.location.search).get('token') ?? '');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await enter(await session.setUp({ token, ...values }));
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Door title={t('door.set-up')} lead={t('door.set-up-lead')}>
      <form className="door-form" onSubmit={(event) => void submit(event)} noValidate>
        {FIELDS.map(([field, type]) => (
          <IxInput
            key={field}
            type={type}
            name={field}
            label={t(`door.set-up-field.${field}`)}
            value={values[field]}
            required
            onValueChange={(change) => setValues((all) => ({ ...all, [field]: change.detail }))}
          />
        ))}
        <Refusal error={error} />
        <IxButton type="submit" loading={busy} disabled={Object.values(values).some((value) => value === '')}>
          {t('door.set-up-do')}
        </IxButton>
      </form>
    </Door>
  );
}
