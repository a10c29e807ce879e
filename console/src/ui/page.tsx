import { IxContent, IxContentHeader } from '@siemens/ix-react';
import { type ReactNode, useEffect } from 'react';

type Props = Readonly<{
  title: string;
  /** One line under the title: what this page is about right now. */
  lead?: string | undefined;
  onBack?: (() => void) | undefined;
  actions?: ReactNode;
  /** The page fills the window and scrolls inside (board, tables, Gantt) instead of growing. */
  fill?: boolean;
  children: ReactNode;
}>;

export function Page({ title, lead, onBack, actions, fill = false, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <IxContent className={fill ? 'page page-fill' : 'page'}>
      <IxContentHeader
        slot="header"
        headerTitle={title}
        {...(lead ? { headerSubtitle: lead } : {})}
        hasBackButton={onBack !== undefined}
        onBackButtonClick={() => onBack?.()}
      >
        {actions}
      </IxContentHeader>
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
