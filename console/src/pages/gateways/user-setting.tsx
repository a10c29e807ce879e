import type { OpcUaSettings } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/field.tsx';
import { Segments } from '../../ui/segments.tsx';

type User = NonNullable<OpcUaSettings['user']>;
type Kind = User['kind'] | 'anonymous';
type Props = Readonly<{ value: unknown; onChange: (value: User | undefined) => void }>;

const KINDS: readonly Kind[] = ['anonymous', 'password', 'certificate'];
const EMPTY = {
  anonymous: undefined,
  password: { kind: 'password', name: '', password: '' },
  certificate: { kind: 'certificate', certificate: '', privateKey: '' },
} as const satisfies Record<Kind, User | undefined>;

/** Who the gateway says it is to an OPC UA server. Secrets are only named here: they lie on the box. */
export function UserSetting({ value, onChange }: Props) {
  const { t } = useTranslation();
  const user = userOf(value);
  const { kind, ...texts } = user ?? { kind: 'anonymous' as const };
  return (
    <div className="stack">
      <span className="soft">{t('setting.user')}</span>
      <Segments
        label={t('setting.user')}
        value={kind}
        options={KINDS.map((one) => [one, t(`onboarding.user-${one}`)])}
        onChange={(one) => onChange(EMPTY[one])}
      />
      {user ? (
        <div className="form-grid">
          {Object.entries(texts).map(([name, text]) => (
            <Field
              key={name}
              label={t(`onboarding.user-${kind}-${name}`)}
              help={t(`onboarding.user-${kind}-${name}-help`)}
            >
              <input
                value={text}
                spellCheck={false}
                autoCapitalize="off"
                onChange={({ target }) => onChange({ ...user, [name]: target.value })}
              />
            </Field>
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** Of the draft, which a person may also have written as YAML: what is no user is shown as none. */
function userOf(value: unknown): User | undefined {
  const written: Readonly<Record<string, unknown>> = { ...(value ?? {}) };
  const text = (name: string): string => String(written[name] ?? '');
  if (written.kind === 'password')
    return { kind: 'password', name: text('name'), password: text('password') };
  if (written.kind === 'certificate')
    return { kind: 'certificate', certificate: text('certificate'), privateKey: text('privateKey') };
  return undefined;
}
