import { useTranslation } from 'react-i18next';
import { useCodeText } from '../../ui/code-text.ts';
import { number } from '../../ui/format.ts';

type Props = Readonly<{
  terms: Readonly<Record<string, number>>;
  total: number;
  /** Largest total shown beside it, so that bars compare. */
  most: number;
}>;

/** The score as its parts: lower is better, and each part says what it stands for. */
export function TermBars({ terms, total, most }: Props) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const parts = Object.entries(terms);
  return (
    <div className="terms">
      <div className="term-bar" role="img" aria-label={t('why.total', { total: number(total, 1) })}>
        {parts.map(([name, value]) => (
          <span
            key={name}
            className={`term term-${name}`}
            style={{ width: `${(100 * Math.max(0, value)) / most}%` }}
          />
        ))}
      </div>
      <p className="soft">
        {parts
          .filter(([, value]) => value !== 0)
          .map(([name, value]) => `${codeText('term', name)} ${number(value, 1)}`)
          .join(' · ')}
        {' · '}
        <strong>{t('why.total', { total: number(total, 1) })}</strong>
      </p>
    </div>
  );
}
