import { useTranslation } from 'react-i18next';
import { diffLines } from './line-diff.ts';

const MARKS = { same: ' ', added: '+', removed: '−', 'left-out': '…' } as const;

export function DiffView({ before, after }: Readonly<{ before: string; after: string }>) {
  const { t } = useTranslation();
  if (before === after) return <p className="soft">{t('gateways.no-difference')}</p>;
  return (
    <pre className="diff">
      {diffLines(before, after).map(({ kind, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text have no other name
        <span key={index} className={`diff-${kind}`}>
          {MARKS[kind]} {kind === 'left-out' ? t('gateways.left-out', { lines: text }) : text}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}
