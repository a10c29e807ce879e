import { iconPlus } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useGateway, useGatewayHealth } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { instant } from '../../ui/format.ts';
import { Page, Panel } from '../../ui/page.tsx';
import { AccessTab } from './access-tab.tsx';
import { CommandsTab } from './commands-tab.tsx';
import { ConfigTab } from './config-tab.tsx';
import { freshDraft, keepDraft } from './draft.ts';
import { GATEWAY_TABS, type GatewayTab } from './gateway-search.ts';
import { HealthTab } from './health-tab.tsx';
import { OnlinePill } from './online-pill.tsx';
import './gateways.css';

/** One box: how it is, what it is told, what it may do, and its credential. */
export function GatewayPage() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const { gatewayId } = useParams({ from: '/frame/gateways/$gatewayId' });
  const { tab = 'health' }: { tab?: GatewayTab } = useSearch({ from: '/frame/gateways/$gatewayId' });
  const query = useGateway(gatewayId);
  const gateway = query.data;
  // Of a revoked one there is no health any more, and of one not yet known nobody knows whether there is.
  const health = useGatewayHealth(gateway?.revokedAt === null ? gatewayId : undefined);
  const tabs: readonly GatewayTab[] = GATEWAY_TABS.filter(
    (one) => one !== 'access' || may(me, 'gateway.write') || may(me, 'gateway.enrol'),
  );
  const addMachine = () => {
    if (!gateway) return;
    keepDraft({ ...freshDraft(Date.now()), gateway });
    void navigate({ to: '/gateways/new', search: { step: 'machine' } });
  };
  return (
    <Page
      title={gateway?.name ?? t('gateways.title')}
      lead={gateway?.code}
      status={
        gateway && health.data ? (
          <span className="gateway-now">
            <OnlinePill summary={{ ...health.data, gateway }} />
          </span>
        ) : null
      }
      onBack={() => void navigate({ to: '/gateways' })}
      actions={
        gateway?.revokedAt === null && may(me, 'gateway.configure') ? (
          <IxButton className="tall" icon={iconPlus} onClick={addMachine}>
            {t('gateways.add-machine')}
          </IxButton>
        ) : null
      }
    >
      <Answer query={query} skeleton="page">
        {(found) => {
          if (!found) return <p>{t('gateways.not-found')}</p>;
          if (found.revokedAt !== null) return <Revoked at={found.revokedAt} />;
          const views: Record<GatewayTab, ReactNode> = {
            health: <HealthTab gateway={found} health={health} />,
            configuration: <ConfigTab gateway={found} />,
            commands: <CommandsTab gateway={found} />,
            access: <AccessTab gateway={found} />,
          };
          return (
            <div className="big-targets">
              <nav className="page-tabs" aria-label={t('gateways.title')}>
                {tabs.map((one) => (
                  <Link
                    key={one}
                    to={`/gateways/${gatewayId}`}
                    search={{ tab: one }}
                    replace
                    className="plain page-tab"
                    aria-current={one === tab ? 'page' : undefined}
                  >
                    {t(`gateways.tab-${one}`)}
                  </Link>
                ))}
              </nav>
              {views[tab]}
            </div>
          );
        }}
      </Answer>
    </Page>
  );
}

/** What became of it, and how its machines are recorded again. */
function Revoked({ at }: { readonly at: number }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('gateways.revoked-title', { at: instant(at, 'full') })}>
      <p>{t('gateways.revoked-text')}</p>
    </Panel>
  );
}
