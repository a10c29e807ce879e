import type { ConnectionHealth } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { useSaid } from '../../i18n/said.tsx';
import { useCodeText } from '../../ui/code-text.ts';
import { instant, number } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import type { Tone } from '../../ui/pill.tsx';
import { Fact } from './fact.tsx';
import { StatusPill } from './status-pill.tsx';
import { deadFirst, isDead } from './troubles.ts';

const TONES: Record<ConnectionHealth['state'], Tone> = {
  connecting: 'info',
  connected: 'success',
  waiting: 'warning',
  failed: 'alarm',
  disabled: 'neutral',
};

type Props = Readonly<{
  connections: readonly ConnectionHealth[];
  /** When an agent that is silent had its last word. Null = it speaks, and why one is not reached stands further up. */
  silentSince: number | null;
}>;

/** How each far side answers. */
export function ConnectionList({ connections, silentSince }: Props) {
  const { t } = useTranslation();
  return (
    <Panel
      title={t('gateways.connections')}
      hint={silentSince === null ? undefined : t('gateways.as-of', { at: instant(silentSince, 'full') })}
    >
      {connections.length === 0 ? (
        <p className="soft">{t('gateways.no-connections')}</p>
      ) : (
        <ul className="connection-list">
          {deadFirst(connections).map((one) => (
            <Connection key={one.code} connection={one} silent={silentSince !== null} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Connection({ connection, silent }: Readonly<{ connection: ConnectionHealth; silent: boolean }>) {
  const { t } = useTranslation();
  const say = useSaid();
  const codeText = useCodeText();
  const { latencyMs, skippedPolls = 0 } = connection;
  return (
    <li>
      <div className="row">
        <strong>{connection.code}</strong>
        <span className="soft">{codeText('driver', connection.driver)}</span>
        {/* Of a silent agent nobody knows whether it still reaches anything: no green then. */}
        <StatusPill tone={silent ? 'neutral' : TONES[connection.state]}>
          {t(`connection-state.${connection.state}`)}
        </StatusPill>
        <span className="soft">{t('gateways.since', { at: instant(connection.since) })}</span>
      </div>
      {connection.error && (silent || !isDead(connection)) ? (
        <p className="late">{say(connection.error)}</p>
      ) : null}
      <dl className="facts">
        <Fact label={t('gateways.latency')} value={latencyMs === null ? '—' : `${number(latencyMs, 1)} ms`} />
        <Fact
          label={t('gateways.samples')}
          value={number(connection.samplesPerMin)}
          note={skippedPolls > 0 ? t('gateways.skipped', { polls: number(skippedPolls) }) : undefined}
        />
        <Fact
          label={t('gateways.tags-bad')}
          value={`${number(connection.tagsBad)} / ${number(connection.tags)}`}
          bad={connection.tagsBad > 0}
        />
        <Fact label={t('gateways.reconnects')} value={number(connection.reconnects)} />
        <Fact
          label={t('gateways.restarts')}
          value={number(connection.restarts)}
          bad={connection.restarts > 0}
        />
      </dl>
    </li>
  );
}
