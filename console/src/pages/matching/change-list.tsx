import type { PlanChange } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { useCodeText } from '../../ui/code-text.ts';
import { instant, number } from '../../ui/format.ts';

/** What moved, as sentences: for whom, from where, to where, why. */
export function ChangeList({ changes }: { readonly changes: readonly PlanChange[] }) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const place = (end: PlanChange['from']) =>
    end === null
      ? ''
      : t('change.place', {
          site: end.siteName,
          finish: instant(end.finishAt),
          quantity: number(end.quantity),
        });
  return (
    <ul className="changes">
      {changes.map((change, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one line can change twice in one run; the list never reorders
        <li key={index} className={`change change-${change.kind}`}>
          <strong>
            {t(`change.${change.kind}`, {
              order: change.orderNo,
              line: change.lineNo,
              item: change.itemName,
            })}
          </strong>
          <span>
            {change.from ? place(change.from) : null}
            {change.from && change.to ? ' → ' : null}
            {change.to ? place(change.to) : null}
          </span>
          <span className="soft">{t('change.because', { reason: codeText('reason', change.reason) })}</span>
        </li>
      ))}
    </ul>
  );
}
