import type { AgentHealth, Gateway, GatewayHealth } from '@millrace/contract';
import { iconNetworkDevice } from '@siemens/ix-icons/icons';
import type { UseQueryResult } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useEdgeAlarms, useGatewayConfig } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer, EmptyNote } from '../../ui/answer.tsx';
import { duration, instant, number, percent } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import { AlarmPanel } from './alarm-panel.tsx';
import { BadValues } from './bad-values.tsx';
import { ConnectionList } from './connection-list.tsx';
import { Fact } from './fact.tsx';
import { QuarantinePanel } from './quarantine-panel.tsx';
import { TroublePanel } from './trouble-panel.tsx';

type Props = Readonly<{ gateway: Gateway; health: UseQueryResult<GatewayHealth> }>;

/** The last word of the agent: what is wrong stands first. */
export function HealthTab({ gateway, health }: Props) {
  const config = useGatewayConfig(gateway.id);
  const alarms = useEdgeAlarms(gateway.id);
  const newest = config.data;
  const beside = {
    refusedVersion: newest && newest.faults.length > 0 ? newest.version : null,
    alarms: alarms.data?.pages[0]?.rows.length ?? 0,
  };
  return (
    <div className="stack">
      <Answer query={health} skeleton="page">
        {(data) =>
          data.health ? (
            <>
              <TroublePanel gatewayId={gateway.id} health={data} beside={beside} />
              {beside.alarms > 0 ? <AlarmPanel query={alarms} /> : null}
              <ConnectionList
                connections={data.health.connections}
                silentSince={data.online ? null : data.heardAt}
              />
              <BadValues health={data.health} />
              <QuarantinePanel gatewayId={gateway.id} buffer={data.health.buffer} online={data.online} />
              <Buffer health={data.health} />
              <Agent health={data.health} heardAt={data.online ? null : data.heardAt} />
            </>
          ) : (
            <NoAgent gateway={gateway} />
          )
        }
      </Answer>
      {beside.alarms === 0 ? <AlarmPanel query={alarms} /> : null}
    </div>
  );
}

function NoAgent({ gateway }: { readonly gateway: Gateway }) {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const enrols = gateway.revokedAt === null && may(me, 'gateway.enrol');
  const enrol = () => void navigate({ to: `/gateways/${gateway.id}`, search: { tab: 'access' } });
  return (
    <EmptyNote
      empty={{
        icon: iconNetworkDevice,
        title: t('gateways.never-title'),
        text: t('gateways.never-text'),
        ...(enrols ? { action: t('gateways.enrol'), onAction: enrol } : {}),
      }}
    />
  );
}

function Buffer({ health: { buffer, at } }: { readonly health: AgentHealth }) {
  const { t } = useTranslation();
  const waits = buffer.oldestAt !== null && buffer.waiting > 0;
  return (
    <Panel title={t('gateways.buffer')} hint={t('gateways.buffer-hint')}>
      <dl className="facts">
        <Fact
          label={t('gateways.waiting')}
          value={number(buffer.waiting)}
          note={waits ? t('gateways.oldest', { age: duration(at - (buffer.oldestAt ?? at)) }) : undefined}
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
  );
}

/** `heardAt` null = it speaks now. */
type AgentProps = Readonly<{ health: AgentHealth; heardAt: number | null }>;

function Agent({ health, heardAt }: AgentProps) {
  const { t } = useTranslation();
  const { configVersion, configSource } = health;
  const source = t(`gateways.source-${configSource}`);
  return (
    <Panel
      title={t('gateways.agent')}
      hint={heardAt === null ? undefined : t('gateways.as-of', { at: instant(heardAt, 'full') })}
    >
      <dl className="facts">
        <Fact label={t('gateways.host')} value={health.hostName} />
        <Fact label={t('gateways.version')} value={health.agentVersion} />
        <Fact label={t('gateways.up')} value={duration(health.at - health.startedAt)} />
        <Fact label={t('gateways.memory')} value={`${number(health.rssBytes / 1e6)} MB`} />
        <Fact
          label={t('gateways.tab-configuration')}
          value={
            configVersion === null ? source : t('gateways.config-version', { version: number(configVersion) })
          }
          note={configVersion === null ? undefined : source}
        />
      </dl>
    </Panel>
  );
}
