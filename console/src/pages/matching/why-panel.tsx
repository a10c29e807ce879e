import type { Allocation, Explanation } from '@millrace/contract';
import { iconClose, iconLock, iconPen } from '@siemens/ix-icons/icons';
import { IxButton, IxIconButton } from '@siemens/ix-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useExplanation, useOverrides } from '../../api/matching.ts';
import { Answer } from '../../ui/answer.tsx';
import { useCodeText } from '../../ui/code-text.ts';
import { duration, instant, money, number } from '../../ui/format.ts';
import { AllocationStatePill, Pill } from '../../ui/pill.tsx';
import { Priority } from '../../ui/priority.tsx';
import { TermBars } from './term-bars.tsx';

const HOUR_MS = 3_600_000;

type Props = Readonly<{ allocation: Allocation; onClose: () => void; onChange?: () => void }>;

export function WhyPanel({ allocation, onClose, onChange }: Props) {
  const { t } = useTranslation();
  const explanation = useExplanation(allocation.lineId);
  return (
    <aside className="panel why" aria-label={t('why.title')}>
      <header className="panel-header">
        <Priority value={allocation.priority} />
        <h2>
          <Link to="/orders/$orderId" params={{ orderId: allocation.orderId }}>
            {allocation.orderNo}
          </Link>
        </h2>
        <span className="panel-tools">
          <IxIconButton
            icon={iconClose}
            variant="tertiary"
            aria-label={t('common.close')}
            onClick={onClose}
          />
        </span>
      </header>
      <div className="panel-body why-body">
        <p>{allocation.itemName}</p>
        <div className="row">
          <AllocationStatePill state={allocation.state} />
          {allocation.lock === 'none' ? null : (
            <Pill tone="info" icon={iconLock}>
              {t(`lock.${allocation.lock}`)}
            </Pill>
          )}
          {allocation.hoursLate > 0 ? (
            <Pill tone="warning">
              {t('order.late-by', { time: duration(allocation.hoursLate * HOUR_MS) })}
            </Pill>
          ) : null}
        </div>
        <dl className="facts">
          <Fact name={t('allocation.site')} value={allocation.siteName} />
          <Fact
            name={t('order.quantity')}
            value={t('quantity.pieces', { quantity: number(allocation.quantity) })}
          />
          <Fact name={t('allocation.finish')} value={instant(allocation.finishAt)} />
          <Fact name={t('allocation.arrive')} value={instant(allocation.arriveAt)} />
          <Fact name={t('order.requested')} value={instant(allocation.requestedAt)} />
          <Fact name={t('why.cost')} value={money(allocation.costMinor, allocation.currency)} />
        </dl>
        {onChange ? (
          <IxButton icon={iconPen} onClick={onChange}>
            {t('override.open')}
          </IxButton>
        ) : null}
        <Decisions lineId={allocation.lineId} />
        <Answer query={explanation} skeleton="cards">
          {(data) => <Reasons explanation={data} />}
        </Answer>
      </div>
    </aside>
  );
}

/** What people decided about this line, and why: the memory of every override. */
function Decisions({ lineId }: { readonly lineId: string }) {
  const { t } = useTranslation();
  const overrides = useOverrides(lineId);
  const rows = overrides.data?.rows ?? [];
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{t('why.decisions')}</h3>
      <ul className="reasons">
        {rows.map((override) => (
          <li key={override.id}>
            <header>
              <strong>
                {t(`lock.${override.lock}`)}
                {override.siteName ? ` · ${override.siteName}` : ''}
              </strong>
              <span>{override.releasedAt === null ? t('why.in-force') : t('why.replaced')}</span>
            </header>
            <p>{override.reason}</p>
            <p className="soft">
              {override.recordedBy} · {instant(override.recordedAt)}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Reasons({ explanation }: { readonly explanation: Explanation }) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const scored = [...explanation.chosen, ...explanation.refused];
  const most = Math.max(1e-9, ...scored.map(({ total }) => total ?? 0));
  return (
    <>
      <h3>{t('why.here')}</h3>
      <ul className="reasons">
        {explanation.chosen.map((site) => (
          <li key={site.siteId}>
            <header>
              <strong>{site.siteName}</strong>
              <span>{t('quantity.pieces', { quantity: number(site.quantity) })}</span>
            </header>
            <TermBars terms={site.terms} total={site.total} most={most} />
          </li>
        ))}
      </ul>
      <h3>{t('why.not-there')}</h3>
      <ul className="reasons">
        {explanation.refused.map((site) => (
          <li key={site.siteId}>
            <header>
              <strong>{site.siteName}</strong>
              <span>{codeText('reason', site.reason)}</span>
            </header>
            {site.terms && site.total !== null ? (
              <TermBars terms={site.terms} total={site.total} most={most} />
            ) : (
              <p className="soft">{valuesText(site.values, codeText)}</p>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Reason values are numbers and instants by name; instants are too large to be anything else. */
const INSTANT_FROM = 1e11;

function valuesText(
  values: Explanation['refused'][number]['values'],
  codeText: ReturnType<typeof useCodeText>,
): string {
  return Object.entries(values)
    .filter(([name]) => !name.endsWith('Id'))
    .map(([name, value]) => {
      const text =
        typeof value === 'string' ? value : value > INSTANT_FROM ? instant(value) : number(value, 1);
      return `${codeText('detail', name)} ${text}`;
    })
    .join(' · ');
}
