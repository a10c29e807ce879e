import { IxSelect, IxSelectItem } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';

type Props<T extends string> = Readonly<{
  label: string;
  value: T | '';
  options: readonly (readonly [value: T, text: string])[];
  required?: boolean;
  disabled?: boolean;
  className?: string;
  onChange: (value: T) => void;
}>;

/** iX's select with its words in the page's language; typing narrows the list. */
export function Select<T extends string>({ label, value, options, onChange, ...rest }: Props<T>) {
  const { t } = useTranslation();
  return (
    <IxSelect
      {...rest}
      label={label}
      value={value}
      enableTopLayer
      i18nPlaceholder={t('select.placeholder')}
      i18nPlaceholderEditable={t('select.placeholder')}
      i18nSelectListHeader={t('select.header')}
      i18nNoMatches={t('select.no-matches')}
      onValueChange={({ detail }) => {
        const chosen = options.find(([one]) => one === String(detail));
        if (chosen) onChange(chosen[0]);
      }}
    >
      {options.map(([one, text]) => (
        <IxSelectItem key={one} value={one} label={text} />
      ))}
    </IxSelect>
  );
}
