import type { GatewaySummary } from '@millrace/contract';
import { iconNetworkDevice, iconPlus } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAlarmCounts, useGatewaySummaries } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { duration, number } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { Page } from '../../ui/page.tsx';
import { rowsOf } from '../../ui/rows-of.ts';
import { Fact } from './fact.tsx';
import { GatewaySearchField, gatewaysLike } from './gateway-search-field.tsx';
import { OnlinePill } from './online-pill.tsx';
import './gateways.css';
import { StatusPill } from './status-pill.tsx';
import { neediestFirst } from './troubles.ts';

/** Every box with how it is. */
export function GatewaysPage() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const query = useGatewaySummaries();
  const alarms = useAlarmCounts();
  const [search, setSearch] = useState('');
  const begin = () => void navigate({ to: '/gateways/new', search: {} });
  const configures = may(me, 'gateway.configure');
  const action = configures ? { action: t('gateways.connect'), onAction: begin } : {};
  return (
    <Page
      title={t('menu.gateways')}
      lead={t('gateway.hint')}
      actions={
        configures ? (
          <IxButton className="tall" icon={iconPlus} onClick={begin}>
            {t('gateways.connect')}
          </IxButton>
        ) : null
      }
    >
      <Answer
        query={rowsOf(query)}
        skeleton="cards"
        isEmpty={(rows) => rows.length === 0}
        empty={{
          icon: iconNetworkDevice,
          title: t('gateway.empty'),
          text: t('gateways.empty-text'),
          ...action,
        }}
      >
        {(rows) => (
          <div className="stack">
            <div className="gateway-search">
              <GatewaySearchField gateways={rows.length} value={search} onChange={setSearch} />
            </div>
            <ul className="gateway-list">
              {neediestFirst(gatewaysLike(rows, search), alarms.data).map((one) => (
                <GatewayCard
                  key={one.gateway.id}
                  summary={one}
                  alarms={alarms.data?.get(one.gateway.id) ?? 0}
                />
              ))}
            </ul>
            <More query={query} />
          </div>
        )}
      </Answer>
    </Page>
  );
}

function GatewayCard({ summary, alarms }: Readonly<{ summary: GatewaySummary; alarms: number }>) {
  const { gateway } = summary;
  const isBare = summary.heardAt === null && summary.newestVersion === null;
  return (
    <li>
      <Link to={`/gateways/${gateway.id}`} className="plain panel gateway-card">
        <div className="gateway-name">
          <strong>{gateway.name}</strong>
          <span className="soft">{gateway.code}</span>
          {summary.hostName ? (
            <span className="soft">
              {summary.hostName} · {summary.agentVersion}
            </span>
          ) : null}
        </div>
        <div className="gateway-pills">
          <OnlinePill summary={summary} />
          {isBare ? null : <ConfigPill summary={summary} />}
        </div>
        {isBare ? <BareFacts summary={summary} /> : <CardFacts summary={summary} alarms={alarms} />}
      </Link>
    </li>
  );
}

function CardFacts({ summary, alarms }: Readonly<{ summary: GatewaySummary; alarms: number }>) {
  const { t } = useTranslation();
  const { waiting, oldestWaitMs, dropped } = summary;
  return (
    <dl className="facts">
      <Fact label={t('menu.machines')} value={number(summary.machines)} />
      <Fact
        label={t('gateways.connections')}
        value={`${number(summary.connectionsConnected)} / ${number(summary.connections)}`}
        bad={summary.connectionsConnected < summary.connections}
      />
      <Fact
        label={t('gateways.tags-bad')}
        value={`${number(summary.tagsBad)} / ${number(summary.tags)}`}
        bad={summary.tagsBad > 0}
      />
      <Fact label={t('gateways.alarms')} value={number(alarms)} bad={alarms > 0} />
      <Fact
        label={t('gateways.waiting')}
        value={waiting === null ? '—' : number(waiting)}
        note={
          waiting !== null && waiting > 0 && oldestWaitMs !== null
            ? t('gateways.oldest', { age: duration(oldestWaitMs) })
            : undefined
        }
      />
      <Fact
        label={t('gateways.dropped')}
        value={dropped === null ? '—' : number(dropped)}
        bad={dropped !== null && dropped > 0}
      />
    </dl>
  );
}

/** A gateway that no agent speaks for has nothing to show but its machines. */
function BareFacts({ summary }: { readonly summary: GatewaySummary }) {
  const { t } = useTranslation();
  return (
    <dl className="facts">
      <Fact label={t('menu.machines')} value={number(summary.machines)} note={t('gateways.never-note')} />
    </dl>
  );
}

function ConfigPill({ summary }: { readonly summary: GatewaySummary }) {
  const { t } = useTranslation();
  const { newestVersion, runningVersion, configRefused } = summary;
  if (newestVersion === null) return <StatusPill tone="neutral">{t('gateways.config-none')}</StatusPill>;
  if (configRefused)
    return <StatusPill tone="alarm">{t('gateways.config-refused', { version: newestVersion })}</StatusPill>;
  if (runningVersion === newestVersion) {
    return <StatusPill tone="success">{t('gateways.config-runs', { version: newestVersion })}</StatusPill>;
  }
  return <StatusPill tone="warning">{t('gateways.config-waits', { version: newestVersion })}</StatusPill>;
}
