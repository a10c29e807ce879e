import type { OverridePreview } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import type { useOverridePreview } from '../../api/matching.ts';
import { Answer } from '../../ui/answer.tsx';
import { useCodeText } from '../../ui/code-text.ts';
import { money, number } from '../../ui/format.ts';
import { Pill } from '../../ui/pill.tsx';
import { ChangeList } from './change-list.tsx';

type Props = Readonly<{ preview: ReturnType<typeof useOverridePreview>; currency: string }>;

/** The price of the change, shown before it is confirmed. */
export function PreviewNote({ preview, currency }: Props) {
  const { t } = useTranslation();
  return (
    <section className="preview" aria-live="polite">
      <h3>{t('preview.title')}</h3>
      <Answer query={preview} skeleton="rows">
        {(data) => <Price preview={data} currency={currency} />}
      </Answer>
    </section>
  );
}

function Price({ preview, currency }: { readonly preview: OverridePreview; readonly currency: string }) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  if (!preview.feasible) {
    return (
      <Pill tone="alarm">
        {t('preview.impossible', { reason: preview.reason ? codeText('reason', preview.reason) : '' })}
      </Pill>
    );
  }
  const moreLate = preview.lateAfter - preview.lateBefore;
  const cost = preview.costDifferenceMinor;
  return (
    <>
      <dl className="facts">
        <div>
          <dt>{t('preview.late')}</dt>
          <dd className={moreLate > 0 ? 'late' : ''}>
            {number(preview.lateBefore)} → {number(preview.lateAfter)}
          </dd>
        </div>
        <div>
          <dt>{t('preview.cost')}</dt>
          <dd className={cost > 0 ? 'late' : ''}>
            {cost > 0 ? '+' : cost < 0 ? '−' : '±'}
            {money(Math.abs(cost), currency)}
          </dd>
        </div>
        <div>
          <dt>{t('preview.objective')}</dt>
          <dd>
            {number(preview.objectiveBefore, 1)} → {number(preview.objectiveAfter, 1)}
          </dd>
        </div>
      </dl>
      {preview.changes.length > 0 ? (
        <ChangeList changes={preview.changes} />
      ) : (
        <p className="soft">{t('preview.no-changes')}</p>
      )}
    </>
  );
}
