import type { GatewayHealth } from '@millrace/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSaid } from '../../i18n/said.tsx';
import { useCodeText } from '../../ui/code-text.ts';
import { duration, instant, number, percent } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import type { Tone } from '../../ui/pill.tsx';
import { StatusPill } from './status-pill.tsx';
import { type Beside, type Trouble, troublesOf } from './troubles.ts';

const TONES: Record<Trouble['kind'], Tone> = {
  silent: 'alarm',
  'config-refused': 'alarm',
  alarms: 'alarm',
  connection: 'alarm',
  values: 'warning',
  dropped: 'alarm',
  quarantined: 'warning',
  disk: 'warning',
  backlog: 'warning',
};

type Props = Readonly<{ gatewayId: string; health: GatewayHealth; beside: Beside }>;

/** The first thing on the page: what waits for a person, each in one sentence that says what is safe. */
export function TroublePanel({ gatewayId, health, beside }: Props) {
  const { t } = useTranslation();
  const say = useSaid();
  const troubles = troublesOf(health, beside);
  if (!health.health) return null;
  if (troubles.length === 0) {
    const connections = number(health.health.connections.length);
    return (
      <p className="arrived" role="status">
        <StatusPill tone="success">{t('trouble.none')}</StatusPill>
        <span>{t('trouble.none-text', { connections })}</span>
      </p>
    );
  }
  return (
    <Panel title={t('trouble.title')} className="trouble">
      <ul className="connection-list" role="alert">
        {troubles.map((one) => (
          <li key={one.kind === 'connection' ? one.connection.code : one.kind}>
            <div className="row">
              <StatusPill tone={TONES[one.kind]}>{t(`trouble.${one.kind}`)}</StatusPill>
              <TroubleText trouble={one} />
              {one.kind === 'config-refused' ? (
                <Link to={`/gateways/${gatewayId}`} search={{ tab: 'configuration' }} className="row-tools">
                  {t('trouble.config-open')}
                </Link>
              ) : null}
            </div>
            {one.kind === 'connection' && one.connection.error ? (
              <p className="soft">{say(one.connection.error)}</p>
            ) : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function TroubleText({ trouble }: { readonly trouble: Trouble }) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const text = () => {
    switch (trouble.kind) {
      case 'silent':
        return t('trouble.silent-text', { age: duration(trouble.ageMs) });
      case 'config-refused':
        return t('trouble.config-refused-text', { version: trouble.version });
      case 'alarms':
        return t('trouble.alarms-text', { alarms: number(trouble.count) });
      case 'connection':
        return t('trouble.connection-text', {
          name: trouble.connection.code,
          driver: codeText('driver', trouble.connection.driver),
          since: instant(trouble.connection.since),
        });
      case 'values':
        return t('trouble.values-text', { bad: number(trouble.bad), all: number(trouble.all) });
      case 'dropped':
        return t('trouble.dropped-text', { records: number(trouble.records) });
      case 'quarantined':
        return t('trouble.quarantined-text', { records: number(trouble.records) });
      case 'disk':
        return t('trouble.disk-text', { share: percent(trouble.share) });
      case 'backlog':
        return t('trouble.backlog-text', {
          records: number(trouble.records),
          age: duration(trouble.ageMs),
        });
    }
  };
  return <span className="grow">{text()}</span>;
}
