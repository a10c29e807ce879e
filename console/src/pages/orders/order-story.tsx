import type { OrderStep } from '@millrace/contract';
import {
  iconCheck,
  iconClock,
  iconClose,
  iconCogwheel,
  iconGanttchart,
  iconLock,
  iconShoppingCart,
  iconSuccess,
  iconTruck,
  iconUndo,
  iconWarning,
} from '@siemens/ix-icons/icons';
import { useTranslation } from 'react-i18next';
import { useCodeText } from '../../ui/code-text.ts';
import { instant, number } from '../../ui/format.ts';
import { maskOf } from '../../ui/icon-mask.ts';
import type { Tone } from '../../ui/pill.tsx';

const LOOKS: Record<OrderStep['kind'], readonly [icon: string, tone: Tone]> = {
  submitted: [iconShoppingCart, 'info'],
  promised: [iconClock, 'info'],
  allocated: [iconCheck, 'primary'],
  accepted: [iconCheck, 'success'],
  declined: [iconClose, 'warning'],
  'in-production': [iconCogwheel, 'primary'],
  progress: [iconCogwheel, 'primary'],
  slipped: [iconWarning, 'warning'],
  rescheduled: [iconGanttchart, 'info'],
  recalled: [iconUndo, 'warning'],
  completed: [iconSuccess, 'success'],
  shipped: [iconTruck, 'primary'],
  milestone: [iconTruck, 'info'],
  received: [iconSuccess, 'success'],
  closed: [iconSuccess, 'success'],
  cancelled: [iconClose, 'neutral'],
  override: [iconLock, 'info'],
};
/** Detail fields that are instants. */
const INSTANT = /At$|Finish$|Arrival$|since/;

/** Everything that happened to the order, newest last, each with who and the way to the evidence. */
export function OrderStory({ steps }: { readonly steps: readonly OrderStep[] }) {
  const { t } = useTranslation();
  return (
    <ol className="story">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end
        <li key={index} className={`story-step tone-${LOOKS[step.kind][1]}`}>
          <span className="story-icon" aria-hidden="true">
            <span style={maskOf(LOOKS[step.kind][0])} />
          </span>
          <div>
            <header>
              <strong>{t(`step.${step.kind}`)}</strong>
              <time dateTime={new Date(step.at).toISOString()}>{instant(step.at, 'moment')}</time>
            </header>
            <Detail step={step} />
          </div>
        </li>
      ))}
    </ol>
  );
}

function Detail({ step }: { readonly step: OrderStep }) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const parts = [
    step.siteName,
    step.quantity === null ? null : t('quantity.pieces', { quantity: number(step.quantity) }),
    ...Object.entries(step.detail).map(([key, value]) => detailText(key, value, codeText)),
  ].filter((part) => part !== null);
  return (
    <>
      {parts.length > 0 ? <p>{parts.join(' · ')}</p> : null}
      <p className="soft">
        {t('order.by', { actor: step.actor })}
        {step.evidence ? (
          <>
            {' · '}
            <a href={step.evidence} target="_blank" rel="noreferrer">
              {t('order.evidence')}
            </a>
          </>
        ) : null}
      </p>
    </>
  );
}

function detailText(key: string, value: unknown, codeText: ReturnType<typeof useCodeText>): string | null {
  if (key.endsWith('Id') || value === null || typeof value === 'object') return null;
  const name = codeText('detail', key);
  if (typeof value === 'number')
    return `${name} ${INSTANT.test(key) ? instant(value, 'moment') : number(value, 1)}`;
  if (typeof value === 'string') return `${name} ${codeText('reason', value)}`;
  return null;
}
