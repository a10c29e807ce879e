import {
  IxApplication,
  IxApplicationContext,
  IxApplicationHeader,
  IxMenu,
  IxMenuItem,
} from '@siemens/ix-react';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useNavigate, useRouter, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery, useMe } from '../api/session.ts';
import { HeaderTools } from './header-tools.tsx';
import { useMenuEntries } from './menu-entries.ts';

export function Frame() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const entries = useMenuEntries();
  useDoor();
  if (!me) return null;
  return (
    <IxApplicationContext>
      <IxApplication breakpoints={['sm', 'md']}>
        <IxApplicationHeader
          name="Millrace"
          nameSuffix={me.acting.networkName}
          appIcon="/millrace.svg"
          appIconAlt=""
          ariaLabelMoreMenuIconButton={t('frame.more')}
        >
          <HeaderTools me={me} />
        </IxApplicationHeader>
        <IxMenu
          enableToggleTheme={false}
          i18nAriaLabelMenu={t('frame.menu')}
          i18nNavigationHint={t('frame.menu-hint')}
          i18nExpand={t('frame.expand')}
          i18nCollapse={t('frame.collapse')}
        >
          {entries.map((entry) => (
            <IxMenuItem
              key={entry.path}
              icon={entry.icon}
              label={t(`menu.${entry.name}`)}
              href={entry.path}
              active={path === entry.path || path.startsWith(`${entry.path}/`)}
              {...(entry.waiting > 0 ? { notifications: entry.waiting } : {})}
              onClick={(event) => {
                event.preventDefault();
                void navigate({ to: entry.path });
              }}
            />
          ))}
        </IxMenu>
        <Outlet />
      </IxApplication>
    </IxApplicationContext>
  );
}

/** Whose session ended meanwhile is shown the door, and comes back to where they stood. */
function useDoor(): void {
  const router = useRouter();
  const { data } = useQuery(meQuery);
  const isOut = data === null;
  useEffect(() => {
    if (!isOut) return;
    // Looked at once: while the door opens, the place is the door already.
    const next = router.state.location.href;
    void router.navigate({ to: '/sign-in', search: { next }, replace: true });
  }, [isOut, router]);
}
