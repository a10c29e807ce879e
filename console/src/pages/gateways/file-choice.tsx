import { useTranslation } from 'react-i18next';
import { tellRefused } from '../../ui/toast.ts';

/** Beyond it nobody means a file for a gateway: the platform takes no larger configuration either. */
const BYTES_MAX = 8 * 1_048_576;

type Props = Readonly<{
  label: string;
  /** Endings of names that the browser offers. */
  accept: string;
  onText: (file: Readonly<{ name: string; text: string }>) => void;
}>;

/** A text file that somebody has at hand. */
export function FileChoice({ label, accept, onText }: Props) {
  const { t } = useTranslation();
  const open = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > BYTES_MAX) tellRefused(t('gateways.file-large', { file: file.name }));
    else onText({ name: file.name, text: await file.text() });
  };
  return (
    <label className="file-choice">
      {label}
      <input
        type="file"
        accept={accept}
        onChange={({ target }) => {
          void open(target.files?.[0]);
          // The same file again, mended, is a change too.
          target.value = '';
        }}
      />
    </label>
  );
}
