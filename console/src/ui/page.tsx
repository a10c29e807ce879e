import { iconArrowLeft } from '@siemens/ix-icons/icons';
import { IxContent, IxIconButton } from '@siemens/ix-react';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

type Props = Readonly<{
  title: string;
  /** One line under the title: what this page is about right now. */
  lead?: string | undefined;
  /** How the thing is that the page is about, seen before anything else. */
  status?: ReactNode;
  onBack?: (() => void) | undefined;
  actions?: ReactNode;
  /** The page fills the window and scrolls inside (board, tables, Gantt) instead of growing. */
  fill?: boolean;
  children: ReactNode;
}>;

/** The header is our own: that of iX cuts a name off where it should go on in the next line. */
export function Page({ title, lead, status, onBack, actions, fill = false, children }: Props) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <IxContent className={fill ? 'page page-fill' : 'page'}>
      <header slot="header" className="page-header">
        {onBack ? (
          <IxIconButton
            icon={iconArrowLeft}
            variant="tertiary"
            aria-label={t('common.back')}
            onClick={onBack}
          />
        ) : null}
        <div className="page-title">
          <h1>{title}</h1>
          {lead || status ? (
            <div className="page-lead">
              {lead ? <span>{lead}</span> : null}
              {status}
            </div>
          ) : null}
        </div>
        {actions ? <div className="page-actions">{actions}</div> : null}
      </header>
      <div className="page-body">{children}</div>
    </IxContent>
  );
}

type PanelProps = Readonly<{
  title: string;
  hint?: string | undefined;
  tools?: ReactNode;
  className?: string;
  children: ReactNode;
}>;

/** A titled region of a page. */
export function Panel({ title, hint, tools, className = '', children }: PanelProps) {
  return (
    <section className={`panel ${className}`} aria-label={title}>
      <header className="panel-header">
        <h2>{title}</h2>
        {hint ? <span className="panel-hint">{hint}</span> : null}
        <span className="panel-tools">{tools}</span>
      </header>
      <div className="panel-body">{children}</div>
    </section>
  );
}
