import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSaid } from '../../i18n/said.tsx';
import { Field } from '../../ui/field.tsx';
import { readText, textOf } from './config-text.ts';
import { type Shape, schemaOf } from './driver-schema.ts';
import { useSettingText } from './setting-text.ts';
import { UserSetting } from './user-setting.tsx';

type Settings = Readonly<Record<string, unknown>>;
type Props = Readonly<{
  driver: string;
  settings: Settings;
  /** Shown first; besides what the driver cannot do without. */
  ask: readonly string[];
  onChange: (settings: Settings) => void;
}>;

/** The settings of a driver, drawn from its schema; what a form cannot draw is written as YAML. */
export function SettingsForm({ driver, settings, ask, onChange }: Props) {
  const { t } = useTranslation();
  const schema = schemaOf(driver);
  const put = (name: string, value: unknown) => {
    const { [name]: _old, ...rest } = settings;
    // A changed setting keeps its place in the text.
    onChange(value === undefined ? rest : { ...settings, [name]: value });
  };
  const names = Object.keys(schema.properties).filter((name) => canDraw(schema.properties[name]));
  const first = names.filter((name) => schema.required.includes(name) || ask.includes(name));
  const more = names.filter((name) => !first.includes(name));
  const draw = (name: string) => (
    <Setting
      key={name}
      name={name}
      shape={schema.properties[name] ?? {}}
      required={schema.required.includes(name)}
      value={settings[name]}
      onChange={(value) => put(name, value)}
    />
  );
  return (
    <div className="form">
      <div className="form-grid">{first.map(draw)}</div>
      {driver === 'opc-ua' ? (
        <UserSetting value={settings.user} onChange={(user) => put('user', user)} />
      ) : null}
      <details>
        <summary>{t('onboarding.more-settings')}</summary>
        <div className="form">
          {more.length > 0 ? <div className="form-grid">{more.map(draw)}</div> : null}
          <SettingsText settings={settings} onChange={onChange} />
        </div>
      </details>
    </div>
  );
}

function canDraw(shape: Shape | undefined): boolean {
  const { type } = shape ?? {};
  return type === 'string' || type === 'integer' || type === 'boolean' || shape?.items?.type === 'string';
}

/** Whole addresses: a keyboard with a slash, and room for the port and the path. */
const ADDRESSES: readonly string[] = ['endpoint', 'url'];

type SettingProps = Readonly<{
  name: string;
  shape: Shape;
  required: boolean;
  value: unknown;
  onChange: (value: unknown) => void;
}>;

function Setting({ name, shape, required, value, onChange }: SettingProps) {
  const { t } = useTranslation();
  const settingText = useSettingText();
  const label = t(`setting.${name}`);
  const optional = required ? undefined : t('onboarding.optional');
  if (shape.type === 'boolean') {
    return (
      <label className="check-field">
        <input
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
        {label}
      </label>
    );
  }
  if (shape.enum) {
    return (
      <Field label={label} help={optional}>
        <select value={String(value ?? '')} onChange={(event) => onChange(event.target.value || undefined)}>
          {value === undefined || !required ? (
            <option value="">{t(required ? 'select.placeholder' : 'onboarding.as-usual')}</option>
          ) : null}
          {shape.enum.map((one) => (
            <option key={one} value={one}>
              {settingText(name, one)}
            </option>
          ))}
        </select>
      </Field>
    );
  }
  if (shape.type === 'integer') {
    const standard =
      shape.default === undefined ? optional : t('onboarding.default', { value: String(shape.default) });
    return (
      <Field label={label} help={required ? undefined : standard}>
        <input
          type="number"
          inputMode="numeric"
          min={shape.minimum}
          max={shape.maximum}
          value={typeof value === 'number' ? value : ''}
          onChange={({ target }) => onChange(target.value === '' ? undefined : Number(target.value))}
        />
      </Field>
    );
  }
  const isList = shape.items !== undefined;
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '');
  return (
    <Field label={label} help={isList ? t('onboarding.by-commas') : optional}>
      <input
        value={text}
        spellCheck={false}
        autoCapitalize="off"
        inputMode={ADDRESSES.includes(name) ? 'url' : 'text'}
        onChange={({ target }) => onChange(typed(target.value, isList))}
      />
    </Field>
  );
}

function typed(text: string, isList: boolean): unknown {
  if (text === '') return undefined;
  return isList ? text.split(',').map((one) => one.trimStart()) : text;
}

/** Users, certificates and headers have shapes that a few fields do not show. */
function SettingsText({ settings, onChange }: Pick<Props, 'settings' | 'onChange'>) {
  const { t } = useTranslation();
  const say = useSaid();
  const [draft, setDraft] = useState<string | null>(null);
  const shown = draft ?? textOf(settings);
  const { value, faults } = readText(shown);
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return (
    <Field
      label={t('onboarding.settings-yaml')}
      help={faults[0] ? say(faults[0].message) : t('onboarding.settings-yaml-help')}
    >
      <textarea
        className="code-area"
        rows={6}
        spellCheck={false}
        value={shown}
        onChange={({ target }) => setDraft(target.value)}
        onBlur={() => {
          // Of the parser: a map with texts as names.
          if (faults.length === 0 && isMap) onChange(value as Settings);
          if (faults.length === 0) setDraft(null);
        }}
      />
    </Field>
  );
}
