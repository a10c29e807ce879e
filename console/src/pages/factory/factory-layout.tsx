import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useOffers } from '../../api/factory.ts';
import { useMe } from '../../api/session.ts';
import { browserZone } from '../../ui/format.ts';
import { Page } from '../../ui/page.tsx';
import { Select } from '../../ui/select.tsx';
import { EVERY_SITE, useChosenSite } from './chosen-site.ts';
import './factory.css';

const TABS = ['', 'offers', 'production', 'schedule', 'capacity'] as const;

/** The factory's pages share one site and one row of thumb-sized tabs. */
export function FactoryLayout() {
  const { t } = useTranslation();
  const me = useMe();
  const { siteId, sites, choose } = useChosenSite();
  const offers = useOffers(siteId);
  const waiting = offers.data?.rows.length ?? 0;
  return (
    <Page title={t('factory.title')} lead={`${me?.acting.organisationName ?? ''} · ${browserZone()}`}>
      <div className="factory">
        {sites.length > 1 ? (
          <Select
            className="factory-site"
            label={t('allocation.site')}
            value={siteId ?? EVERY_SITE}
            options={[
              [EVERY_SITE, t('matching.all-sites')],
              ...sites.map((site) => [site.id, site.name] as const),
            ]}
            onChange={choose}
          />
        ) : null}
        <nav className="factory-tabs" aria-label={t('factory.title')}>
          {TABS.map((tab) => {
            const to = tab === '' ? '/factory' : `/factory/${tab}`;
            return (
              <Link
                key={tab}
                to={to}
                className="plain factory-tab"
                activeOptions={{ exact: true, includeSearch: false }}
              >
                {t(`factory.tab-${tab === '' ? 'today' : tab}`)}
                {tab === 'offers' && waiting > 0 ? <span className="factory-badge">{waiting}</span> : null}
              </Link>
            );
          })}
        </nav>
        <Outlet />
      </div>
    </Page>
  );
}
