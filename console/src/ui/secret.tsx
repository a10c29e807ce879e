import { iconCopy } from '@siemens/ix-icons/icons';
import { IxIconButton } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';
import { tellDone } from './toast.ts';

type Props = Readonly<{ label: string; value: string }>;

/** Something shown exactly once: selectable, and copied with one press where the browser allows it. */
export function Secret({ label, value }: Props) {
  const { t } = useTranslation();
  const copy = async () => {
    // Without TLS the browser keeps its clipboard; then the text is selected by hand.
    await navigator.clipboard?.writeText(value);
    tellDone(t('common.copied'));
  };
  return (
    <div className="secret">
      <span className="soft">{label}</span>
      <div>
        <code>{value}</code>
        <IxIconButton
          icon={iconCopy}
          variant="tertiary"
          aria-label={t('common.copy')}
          onClick={() => void copy()}
        />
      </div>
    </div>
  );
}
