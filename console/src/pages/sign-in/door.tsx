import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageSwitch, SchemeSwitch } from '../../app/header-tools.tsx';

type Props = Readonly<{ title: string; lead?: string; children: ReactNode }>;

/** The page before the house: who we are, one form, and the two switches a stranger needs. */
export function Door({ title, lead, children }: Props) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <main className="door">
      <div className="door-tools">
        <LanguageSwitch />
        <SchemeSwitch />
      </div>
      <section className="door-card">
        <header className="door-brand">
          <img src="/millrace.svg" alt="" width="44" height="44" />
          <div>
            <strong>Millrace</strong>
            <span>{t('door.motto')}</span>
          </div>
        </header>
        <h1>{title}</h1>
        {lead ? <p className="soft">{lead}</p> : null}
        {children}
      </section>
    </main>
  );
}
