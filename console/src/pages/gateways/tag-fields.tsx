import { TAG_TYPES, type TagType, WORD_ORDERS } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { currentLanguage } from '../../i18n/languages.ts';
import { Field } from '../../ui/field.tsx';
import type { DraftTag } from './draft.ts';
import { addressExample, canBrowse, needsType } from './drivers.ts';

type Props = Readonly<{ driver: string; tag: DraftTag; onChange: (tag: DraftTag) => void }>;

/** Where a value is and, where the protocol does not say it, what the bare bits mean. */
export function TagFields({ driver, tag, onChange }: Props) {
  return (
    <div className="form-grid">
      <AddressField
        driver={driver}
        hint={tag.hint?.[currentLanguage()]}
        value={tag.address}
        onChange={(address) => onChange({ ...tag, address })}
      />
      {needsType(driver) ? <TypeField tag={tag} onChange={onChange} /> : null}
      {needsType(driver) && hasWords(tag.type) ? <OrderField tag={tag} onChange={onChange} /> : null}
    </div>
  );
}

type AddressProps = Readonly<{
  driver: string;
  /** What to look for, of the template. */
  hint?: string | undefined;
  value: string;
  onChange: (address: string) => void;
}>;

export function AddressField({ driver, hint, value, onChange }: AddressProps) {
  const { t } = useTranslation();
  const example = addressExample(driver);
  // What was taken from the tree explains itself, and the addresses of somebody else's driver nobody here knows.
  const form =
    example === '' || (canBrowse(driver) && value !== '') ? undefined : t(`address-help.${driver}`);
  return (
    <Field label={t('onboarding.address')} help={[hint, form].filter((one) => one).join(' · ')}>
      <input
        value={value}
        placeholder={example}
        spellCheck={false}
        autoCapitalize="off"
        onChange={({ target }) => onChange(target.value)}
      />
    </Field>
  );
}

function TypeField({ tag, onChange }: Omit<Props, 'driver'>) {
  const { t } = useTranslation();
  const choose = (type: TagType) => {
    // An order that is no longer seen must not go on exchanging bytes.
    const { wordOrder, ...rest } = tag;
    onChange(wordOrder && hasWords(type) ? { ...tag, type } : { ...rest, type });
  };
  return (
    <Field label={t('onboarding.type')}>
      <select
        value={tag.type ?? 'uint16'}
        onChange={({ target }) => choose(TAG_TYPES.find((one) => one === target.value) ?? 'uint16')}
      >
        {TAG_TYPES.map((one) => (
          <option key={one} value={one}>
            {t(`tag-type.${one}`)}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** Spread over several registers: makers do not agree which comes first. */
const hasWords = (type: TagType | undefined): boolean => /32|64/.test(type ?? '');

function OrderField({ tag, onChange }: Omit<Props, 'driver'>) {
  const { t } = useTranslation();
  return (
    <Field label={t('onboarding.word-order')} help={t('onboarding.word-order-help')}>
      <select
        value={tag.wordOrder ?? 'ABCD'}
        onChange={({ target }) =>
          onChange({ ...tag, wordOrder: WORD_ORDERS.find((one) => one === target.value) ?? 'ABCD' })
        }
      >
        {WORD_ORDERS.map((one) => (
          <option key={one} value={one}>
            {t(`word-order.${one}`)}
          </option>
        ))}
      </select>
    </Field>
  );
}
