import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { browserZone } from '../../ui/format.ts';
import { Page } from '../../ui/page.tsx';
import { ADMIN_TABS } from './admin-tabs.ts';
import './admin.css';

export function AdminLayout() {
  const { t } = useTranslation();
  const me = useMe();
  const tabs = ADMIN_TABS.filter(([, action]) => may(me, action));
  return (
    <Page title={t('admin.title')} lead={`${me?.acting.organisationName ?? ''} · ${browserZone()}`}>
      <nav className="page-tabs" aria-label={t('admin.title')}>
        {tabs.map(([tab]) => (
          <Link key={tab} to={`/admin/${tab}`} className="plain page-tab">
            {t(`admin.tab-${tab}`)}
          </Link>
        ))}
      </nav>
      <Outlet />
    </Page>
  );
}
