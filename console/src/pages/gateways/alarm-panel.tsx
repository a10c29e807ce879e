import type { StoredEdgeAlarm } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import type { useEdgeAlarms } from '../../api/gateway.ts';
import { useAlarmText } from '../../ui/alarm-text.ts';
import { Answer } from '../../ui/answer.tsx';
import { instant } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { Panel } from '../../ui/page.tsx';
import type { Tone } from '../../ui/pill.tsx';
import { rowsOf } from '../../ui/rows-of.ts';
import { StatusPill } from './status-pill.tsx';

const SEVERITY: Record<StoredEdgeAlarm['severity'], Tone> = {
  info: 'info',
  warning: 'warning',
  critical: 'alarm',
};

/** What rules on the box have raised and not yet cleared. */
export function AlarmPanel({ query }: { readonly query: ReturnType<typeof useEdgeAlarms> }) {
  const { t } = useTranslation();
  const alarmText = useAlarmText();
  return (
    <Panel title={t('gateways.alarms')} hint={t('gateways.alarms-hint')}>
      <Answer query={rowsOf(query)}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="soft">{t('gateways.no-alarms')}</p>
          ) : (
            <ul className="connection-list">
              {rows.map((one) => (
                <li key={one.id} className="row">
                  <StatusPill tone={SEVERITY[one.severity]}>{t(`severity.${one.severity}`)}</StatusPill>
                  <strong>{one.machine}</strong>
                  <span className="soft">{one.rule}</span>
                  <span>{alarmText(one)}</span>
                  <span className="soft">{t('gateways.since', { at: instant(one.at) })}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
      <More query={query} />
    </Panel>
  );
}
