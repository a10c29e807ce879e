import type { AgentHealth, ConnectionHealth, Gateway, GatewayHealth } from '@millrace/contract';
import { iconCheck, iconNetworkDevice } from '@siemens/ix-icons/icons';
import type { UseQueryResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useEdgeAlarms } from '../../api/gateway.ts';
import { Answer, EmptyNote } from '../../ui/answer.tsx';
import { duration, instant, number, percent } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import type { Tone } from '../../ui/pill.tsx';
import { rowsOf } from '../../ui/rows-of.ts';
import { Fact } from './gateways-page.tsx';
import { StatusPill } from './status-pill.tsx';

type Props = Readonly<{ gateway: Gateway; health: UseQueryResult<GatewayHealth> }>;

/** The last word of the agent: what is wrong stands first. */
export function HealthTab({ gateway, health }: Props) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <Answer query={health} skeleton="page">
        {(data) =>
          data.health ? (
            <Said health={data.health} heardAt={data.heardAt ?? data.health.at} online={data.online} />
          ) : (
            <EmptyNote
              empty={{
                icon: iconNetworkDevice,
                title: t('gateways.never-title'),
                text: t('gateways.never-text'),
              }}
            />
          )
        }
      </Answer>
      <Alarms gatewayId={gateway.id} />
    </div>
  );
}

type SaidProps = Readonly<{ health: AgentHealth; heardAt: number; online: boolean }>;

function Said({ health, heardAt, online }: SaidProps) {
  const { t } = useTranslation();
  const { buffer } = health;
  return (
    <>
      <Panel
        title={t('gateways.agent')}
        hint={online ? undefined : t('gateways.as-of', { at: instant(heardAt, 'full') })}
      >
        <dl className="facts">
          <Fact label={t('gateways.host')} value={health.hostName} />
          <Fact label={t('gateways.version')} value={health.agentVersion} />
          <Fact label={t('gateways.up')} value={duration(health.at - health.startedAt)} />
          <Fact label={t('gateways.memory')} value={`${number(health.rssBytes / 1e6)} MB`} />
          <Fact
            label={t('gateways.tab-configuration')}
            value={
              health.configVersion === null
                ? t(`gateways.source-${health.configSource}`)
                : `${number(health.configVersion)} · ${t(`gateways.source-${health.configSource}`)}`
            }
          />
        </dl>
      </Panel>
      <Panel title={t('gateways.buffer')} hint={t('gateways.buffer-hint')}>
        <dl className="facts">
          <Fact
            label={t('gateways.waiting')}
            value={number(buffer.waiting)}
            note={
              buffer.oldestAt !== null && buffer.waiting > 0
                ? t('gateways.oldest', { age: duration(health.at - buffer.oldestAt) })
                : undefined
            }
          />
          <Fact
            label={t('gateways.disk')}
            value={percent(buffer.quotaBytes > 0 ? buffer.bytes / buffer.quotaBytes : 0, 1)}
            note={`${number(buffer.bytes / 1e6, 1)} / ${number(buffer.quotaBytes / 1e6)} MB`}
          />
          <Fact label={t('gateways.dropped')} value={number(buffer.dropped)} bad={buffer.dropped > 0} />
          <Fact
            label={t('gateways.quarantined')}
            value={number(buffer.quarantined)}
            bad={buffer.quarantined > 0}
          />
        </dl>
      </Panel>
      <Panel title={t('gateways.connections')}>
        {health.connections.length === 0 ? (
          <p className="soft">{t('gateways.no-connections')}</p>
        ) : (
          <ul className="connection-list">
            {health.connections.map((one) => (
              <Connection key={one.code} connection={one} />
            ))}
          </ul>
        )}
      </Panel>
      <BadTags health={health} />
    </>
  );
}

const TONES: Record<ConnectionHealth['state'], Tone> = {
  connecting: 'info',
  connected: 'success',
  waiting: 'warning',
  failed: 'alarm',
  disabled: 'neutral',
};

function Connection({ connection }: { readonly connection: ConnectionHealth }) {
  const { t } = useTranslation();
  const { latencyMs } = connection;
  return (
    <li>
      <div className="row">
        <strong>{connection.code}</strong>
        <span className="soft">{connection.driver}</span>
        <StatusPill tone={TONES[connection.state]}>{t(`connection-state.${connection.state}`)}</StatusPill>
        <span className="soft">{t('gateways.since', { at: instant(connection.since) })}</span>
      </div>
      {connection.error ? <p className="late">{connection.error}</p> : null}
      <dl className="facts">
        <Fact label={t('gateways.latency')} value={latencyMs === null ? '—' : `${number(latencyMs, 1)} ms`} />
        <Fact label={t('gateways.reconnects')} value={number(connection.reconnects)} />
        <Fact
          label={t('gateways.restarts')}
          value={number(connection.restarts)}
          bad={connection.restarts > 0}
        />
        <Fact
          label={t('gateways.tags-bad')}
          value={`${number(connection.tagsBad)} / ${number(connection.tags)}`}
          bad={connection.tagsBad > 0}
        />
        <Fact label={t('gateways.samples')} value={number(connection.samplesPerMin)} />
      </dl>
    </li>
  );
}

function BadTags({ health }: { readonly health: AgentHealth }) {
  const { t } = useTranslation();
  if (health.tags.length === 0) return null;
  return (
    <Panel title={t('gateways.tags-bad')} hint={t('gateways.tags-hint')}>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{t('machine.title')}</th>
              <th>{t('gateways.tag')}</th>
              <th>{t('gateways.last-good')}</th>
              <th>{t('gateways.error')}</th>
            </tr>
          </thead>
          <tbody>
            {health.tags.map((one) => (
              <tr key={`${one.machine}/${one.tag}`}>
                <td>{one.machine}</td>
                <td>{one.tag}</td>
                <td className="nowrap">{one.lastGoodAt === null ? '—' : instant(one.lastGoodAt)}</td>
                <td>{one.error ?? t(`quality.${one.quality}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

const SEVERITY: Readonly<Record<string, Tone>> = { info: 'info', warning: 'warning', critical: 'alarm' };

function Alarms({ gatewayId }: { readonly gatewayId: string }) {
  const { t } = useTranslation();
  const query = useEdgeAlarms(gatewayId);
  return (
    <Panel title={t('gateways.alarms')} hint={t('gateways.alarms-hint')}>
      <Answer
        query={rowsOf(query)}
        isEmpty={(rows) => rows.length === 0}
        empty={{ icon: iconCheck, title: t('gateways.no-alarms'), text: t('gateways.no-alarms-text') }}
      >
        {(rows) => (
          <ul className="connection-list">
            {rows.map((one) => (
              <li key={one.id} className="row">
                <StatusPill tone={SEVERITY[one.severity] ?? 'neutral'}>
                  {t(`severity.${one.severity}`)}
                </StatusPill>
                <strong>{one.rule}</strong>
                <span>{one.machine}</span>
                <span>{number(one.value, 2)}</span>
                <span className="soft">{instant(one.at, 'full')}</span>
              </li>
            ))}
          </ul>
        )}
      </Answer>
    </Panel>
  );
}
