import { MACHINE_STATES } from '@millrace/contract';
import { iconMachineA } from '@siemens/ix-icons/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useEarnings, useMachineWork, useOffers, useProductionOrders } from '../../api/factory.ts';
import { useMachineStates } from '../../api/machines.ts';
import type { Page } from '../../api/page.ts';
import { useMe } from '../../api/session.ts';
import { actsFor } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { money, number } from '../../ui/format.ts';
import { maskOf } from '../../ui/icon-mask.ts';
import { Panel } from '../../ui/page.tsx';
import { MACHINE_LOOK } from '../../ui/pill.tsx';
import { useChosenSite } from './chosen-site.ts';
import { WorkList } from './work-list.tsx';

/** What is, at a glance: machines, pieces, what the filled idle hours earn, and what waits for an answer. */
export function TodayPage() {
  const { t } = useTranslation();
  const me = useMe();
  const { siteId } = useChosenSite();
  const own = actsFor(me, 'factory') ? me?.acting.organisationId : undefined;
  const states = useMachineStates({ siteId, organisationId: own });
  const offers = useOffers(siteId);
  const running = useProductionOrders(siteId, 'running');
  const work = useMachineWork(siteId, own);
  const waiting = offers.data?.rows.length ?? 0;
  return (
    <div className="stack">
      {waiting > 0 ? (
        <Link to="/factory/offers" className="plain factory-call">
          {t('factory.offers-wait', { offers: number(waiting) })}
        </Link>
      ) : null}
      <Answer
        query={states}
        skeleton="cards"
        isEmpty={({ rows }) => rows.length === 0}
        empty={{ icon: iconMachineA, title: t('machines.empty'), text: t('machines.empty-text') }}
      >
        {({ rows }) => (
          <div className="today-tiles">
            <article className="today-tile">
              <span>{t('factory.machines-now')}</span>
              <strong>
                {number(rows.filter(({ state }) => state === 'running').length)} / {number(rows.length)}
              </strong>
              <ul className="today-states">
                {MACHINE_STATES.map((state) => {
                  const count = rows.filter((machine) => machine.state === state).length;
                  const [tone, icon] = MACHINE_LOOK[state];
                  return count === 0 ? null : (
                    <li key={state} className={`tone-${tone}`}>
                      <span className="pill-icon" style={maskOf(icon)} aria-hidden="true" />
                      {number(count)} {t(`machine-state.${state}`)}
                    </li>
                  );
                })}
              </ul>
            </article>
            <article className="today-tile">
              <span>{t('factory.pieces-today')}</span>
              <strong>{number(rows.reduce((sum, { countToday }) => sum + countToday, 0))}</strong>
              <span>
                {t('machines.of-plan', {
                  plan: number(rows.reduce((sum, { planToday }) => sum + (planToday ?? 0), 0)),
                })}
              </span>
            </article>
            <Earnings siteId={siteId} />
          </div>
        )}
      </Answer>
      <Panel title={t('factory.work')} hint={t('factory.work-hint', { orders: countOf(running.data) })}>
        <Answer query={work}>{({ rows }) => <WorkList work={rows} />}</Answer>
      </Panel>
    </div>
  );
}

/** Money by filled idle hours: the price of what was agreed, for the share that is made. */
function Earnings({ siteId }: { readonly siteId: string | undefined }) {
  const { t } = useTranslation();
  const me = useMe();
  const own = actsFor(me, 'factory') ? me?.acting.organisationId : undefined;
  const earnings = useEarnings(siteId, own);
  const sums = earnings.data ?? [];
  return (
    <article className="today-tile">
      <span>{t('factory.earned')}</span>
      <strong>
        {sums.length === 0 ? '—' : sums.map(({ currency, minor }) => money(minor, currency)).join(' + ')}
      </strong>
      <span>{earnings.error ? t('failure.title') : t('factory.earned-note')}</span>
    </article>
  );
}

function countOf(page: Page<unknown> | undefined): string {
  if (!page) return '—';
  return `${number(page.total ?? page.rows.length)}${page.total === undefined && page.nextCursor ? '+' : ''}`;
}
