import { iconRefresh, iconWarning } from '@siemens/ix-icons/icons';
import { IxButton, IxEmptyState, IxIcon } from '@siemens/ix-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useProblemText } from './problem-text.ts';
import { Skeleton, type SkeletonShape } from './skeleton.tsx';

export type Empty = Readonly<{
  icon: string;
  title: string;
  /** Teaches: what will appear here and how to make it appear. */
  text: string;
  action?: string;
  onAction?: () => void;
}>;

type Props<T> = Readonly<{
  query: Readonly<{ data: T | undefined; error: Error | null; isFetching: boolean; refetch: () => unknown }>;
  skeleton?: SkeletonShape;
  empty?: Empty | undefined;
  isEmpty?: (data: T) => boolean;
  children: (data: T) => ReactNode;
}>;

/** The three states that every list has, in one place: loading, error, empty; then the content. */
export function Answer<T>({ query, skeleton = 'rows', empty, isEmpty, children }: Props<T>) {
  if (query.data === undefined) {
    if (query.error)
      return <Failure error={query.error} retry={() => query.refetch()} busy={query.isFetching} />;
    return <Skeleton shape={skeleton} />;
  }
  if (empty && isEmpty?.(query.data)) return <EmptyNote empty={empty} />;
  return (
    <>
      {query.error ? <Stale error={query.error} retry={() => query.refetch()} /> : null}
      {children(query.data)}
    </>
  );
}

export function EmptyNote({ empty }: { readonly empty: Empty }) {
  return (
    <div className="empty-note">
      <IxEmptyState
        layout="large"
        icon={empty.icon}
        header={empty.title}
        subHeader={empty.text}
        {...(empty.action ? { action: empty.action } : {})}
        onActionClick={() => empty.onAction?.()}
      />
    </div>
  );
}

type FailureProps = Readonly<{ error: unknown; retry: () => void; busy?: boolean }>;

/** What happened, what is safe, what to do. */
export function Failure({ error, retry, busy = false }: FailureProps) {
  const { t } = useTranslation();
  const text = useProblemText();
  return (
    <div className="failure" role="alert">
      <IxIcon name={iconWarning} size="32" color="color-alarm" />
      <div>
        <h3>{t('failure.title')}</h3>
        <p>{text(error)}</p>
        <p className="soft">{t('failure.safe')}</p>
        <IxButton icon={iconRefresh} loading={busy} onClick={retry}>
          {t('failure.retry')}
        </IxButton>
      </div>
    </div>
  );
}

/** There is something to show, but the latest question failed: say how old the truth is, do not hide it. */
function Stale({ error, retry }: Omit<FailureProps, 'busy'>) {
  const { t } = useTranslation();
  const text = useProblemText();
  return (
    <div className="stale" role="status">
      <IxIcon name={iconWarning} size="16" />
      <span>{t('failure.stale', { reason: text(error) })}</span>
      <button type="button" className="text-button" onClick={retry}>
        {t('failure.retry')}
      </button>
    </div>
  );
}
