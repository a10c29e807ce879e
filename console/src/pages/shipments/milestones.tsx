import type { Milestone } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { instant } from '../../ui/format.ts';

/** Planned, estimated and actual, kept apart: what happened is bold, what is expected says so. */
export function Milestones({ milestones }: { readonly milestones: readonly Milestone[] }) {
  const { t } = useTranslation();
  return (
    <ol className="milestones">
      {milestones.map((milestone, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: a shipment's milestones keep their order
          key={index}
          className={milestone.actualAt === null ? 'milestone' : 'milestone milestone-done'}
        >
          <span>{t(`milestone.${milestone.kind}`)}</span>
          <When milestone={milestone} />
          {milestone.note ? <span className="soft">{milestone.note}</span> : null}
        </li>
      ))}
    </ol>
  );
}

function When({ milestone }: { readonly milestone: Milestone }) {
  const { t } = useTranslation();
  const { actualAt, estimatedAt, plannedAt } = milestone;
  if (actualAt !== null) return <strong>{instant(actualAt)}</strong>;
  if (estimatedAt !== null)
    return <span className="soft">{t('milestone-expected', { at: instant(estimatedAt) })}</span>;
  if (plannedAt !== null)
    return <span className="soft">{t('milestone-planned', { at: instant(plannedAt) })}</span>;
  return <span className="soft">—</span>;
}
