import { IxButton } from '@siemens/ix-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

type Props = Readonly<{
  title: string;
  lead: string;
  onBack?: (() => void) | undefined;
  /** Absent = this step has no way forward of its own. */
  onNext?: (() => void) | undefined;
  nextText?: string;
  ready?: boolean;
  busy?: boolean;
  children: ReactNode;
}>;

/** One step of the wizard: what to do, the thing itself, and the two ways out of it. */
export function StepFrame({ title, lead, onBack, onNext, nextText, ready = true, busy, children }: Props) {
  const { t } = useTranslation();
  return (
    <section className="panel wizard-step" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <p className="soft">{lead}</p>
      </header>
      {children}
      <footer className="wizard-ways">
        {onBack ? (
          <IxButton variant="secondary" onClick={onBack}>
            {t('common.back')}
          </IxButton>
        ) : null}
        {onNext ? (
          <IxButton className="wizard-next" disabled={!ready} loading={busy ?? false} onClick={onNext}>
            {nextText ?? t('onboarding.next')}
          </IxButton>
        ) : null}
      </footer>
    </section>
  );
}
