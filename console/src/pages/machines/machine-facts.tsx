import type { LiveMachine } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { useDomainNow } from '../../app/domain-clock.ts';
import { duration, instant, number, percent } from '../../ui/format.ts';
import { MachineStatePill } from '../../ui/pill.tsx';

export function MachineFacts({ machine }: { readonly machine: LiveMachine }) {
  const { t } = useTranslation();
  const now = useDomainNow();
  const { since, lastMinute, planToday, oeeToday } = machine;
  return (
    <section className="panel" aria-label={t('machine.now')}>
      <div className="panel-body" style={{ paddingTop: 12 }}>
        <dl className="facts">
          <div>
            <dt>{t('machines.state')}</dt>
            <dd>
              <MachineStatePill state={machine.state} />
            </dd>
          </div>
          <div>
            <dt>{t('machines.since')}</dt>
            <dd>{since === null ? '—' : duration(now - since)}</dd>
          </div>
          <div>
            <dt>{t('machines.item')}</dt>
            <dd>{machine.itemCode ?? '—'}</dd>
          </div>
          <div>
            <dt>{t('machines.pieces-today')}</dt>
            <dd>
              {number(machine.countToday)}
              <small className="soft">
                {' '}
                {planToday === null
                  ? t('machines.no-plan')
                  : t('machines.of-plan', { plan: number(planToday) })}
              </small>
            </dd>
          </div>
          <div>
            <dt>{t('machines.oee-today')}</dt>
            <dd>{oeeToday === null ? '—' : percent(oeeToday, 1)}</dd>
          </div>
          <div>
            <dt>{t('machines.last-record')}</dt>
            <dd>
              {lastMinute === null
                ? t('machines.never')
                : t('machines.ago', { time: duration(now - lastMinute) })}
              {lastMinute === null ? null : <small className="soft"> {instant(lastMinute, 'moment')}</small>}
            </dd>
          </div>
        </dl>
      </div>
    </section>
  );
}
