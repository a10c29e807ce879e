import { useTranslation } from 'react-i18next';
import { tellRefused } from './toast.ts';

export type TextFile = Readonly<{ name: string; text: string }>;
type Props = Readonly<{
  label: string;
  /** Endings of names that the browser offers. */
  accept: string;
  /** As much as the server takes: a larger file is not even read. */
  bytesMax: number;
  onText: (file: TextFile) => void;
}>;

/** A text file that somebody has at hand. */
export function FileChoice({ label, accept, bytesMax, onText }: Props) {
  const { t } = useTranslation();
  const open = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > bytesMax) {
      tellRefused(t('common.file-large', { file: file.name }));
      return;
    }
    const text = inUtf8(await file.arrayBuffer());
    if (text === undefined) tellRefused(t('common.file-not-utf8', { file: file.name }));
    else onText({ name: file.name, text });
  };
  return (
    <label className="file-choice">
      {label}
      <input
        type="file"
        accept={accept}
        onChange={({ target }) => {
          void open(target.files?.[0]);
          // The same file chosen again, after mending it, is a change too.
          target.value = '';
        }}
      />
    </label>
  );
}

/** Undefined when the bytes are none: spreadsheets in China save GBK, and names read as something else are lost for good. */
function inUtf8(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // TypeError is how the decoder says so.
    return undefined;
  }
}
