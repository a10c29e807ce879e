import type { Me } from '@millrace/contract';
import { iconLanguage, iconLogOut, iconMoon, iconSun, iconUser } from '@siemens/ix-icons/icons';
import {
  IxAvatar,
  IxDivider,
  IxDropdownButton,
  IxDropdownItem,
  IxIconButton,
  IxTypography,
} from '@siemens/ix-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { session } from '../api/session.ts';
import { currentLanguage, LANGUAGE_NAMES, LANGUAGES, switchLanguage } from '../i18n/languages.ts';
import { ClockFace } from './clock-face.tsx';
import { applyScheme, useColorScheme } from './color-scheme.ts';
import { homeOf } from './permission.ts';

export function HeaderTools({ me }: { readonly me: Me }) {
  return (
    <div className="header-tools">
      <ClockFace />
      <OrganisationSwitch me={me} />
      <LanguageSwitch signedIn />
      <SchemeSwitch />
      <UserMenu me={me} />
    </div>
  );
}

export function LanguageSwitch({ signedIn = false }: { readonly signedIn?: boolean }) {
  const { t } = useTranslation();
  return (
    <IxDropdownButton
      className="language-switch"
      icon={iconLanguage}
      variant="tertiary"
      label={LANGUAGE_NAMES[currentLanguage()]}
      ariaLabelDropdownButton={t('frame.language')}
    >
      {LANGUAGES.map((language) => (
        <IxDropdownItem
          key={language}
          label={LANGUAGE_NAMES[language]}
          checked={language === currentLanguage()}
          onClick={() => {
            void switchLanguage(language);
            // The server writes one-time mails and refusals in it; if that fails the screen is still right.
            if (signedIn) session.update({ language }).catch(() => undefined);
          }}
        />
      ))}
    </IxDropdownButton>
  );
}

export function SchemeSwitch() {
  const { t } = useTranslation();
  const scheme = useColorScheme();
  const next = scheme === 'dark' ? 'light' : 'dark';
  return (
    <IxIconButton
      className="scheme-switch"
      variant="tertiary"
      icon={scheme === 'dark' ? iconSun : iconMoon}
      aria-label={t(`frame.to-${next}`)}
      title={t(`frame.to-${next}`)}
      onClick={() => applyScheme(next)}
    />
  );
}

function OrganisationSwitch({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  if (me.memberships.length < 2) {
    return <span className="acting">{me.acting.organisationName}</span>;
  }
  const switchTo = async (organisationId: string) => {
    const next = await session.actFor(organisationId);
    client.clear();
    client.setQueryData(['me'], next);
    await navigate({ to: homeOf(next) });
  };
  return (
    <IxDropdownButton
      className="organisation-switch"
      variant="tertiary"
      label={me.acting.organisationName}
      ariaLabelDropdownButton={t('frame.organisation')}
    >
      {me.memberships.map((membership) => (
        <IxDropdownItem
          key={membership.organisationId}
          label={membership.organisationName}
          checked={membership.organisationId === me.acting.organisationId}
          onClick={() => void switchTo(membership.organisationId)}
        />
      ))}
    </IxDropdownButton>
  );
}

function UserMenu({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const signOut = async () => {
    await session.signOut();
    client.clear();
    await navigate({ to: '/sign-in' });
  };
  return (
    <IxAvatar initials={initialsOf(me.name)} tooltipText={me.name} aria-label={t('frame.user')}>
      <div className="user-card">
        <IxTypography format="label" bold>
          {me.name}
        </IxTypography>
        <IxTypography format="label-sm">{me.email}</IxTypography>
        <IxTypography format="label-sm">
          {me.acting.organisationName} · {t(`role.${me.acting.role}`)}
        </IxTypography>
      </div>
      <IxDivider />
      <IxDropdownItem
        icon={iconUser}
        label={t('frame.account')}
        onClick={() => void navigate({ to: '/account' })}
      />
      <IxDropdownItem icon={iconLogOut} label={t('frame.sign-out')} onClick={() => void signOut()} />
    </IxAvatar>
  );
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0]?.[0] ?? '?';
  return (first + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
}
