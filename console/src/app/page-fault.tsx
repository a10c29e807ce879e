import { iconRoute } from '@siemens/ix-icons/icons';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EmptyNote, Failure } from '../ui/answer.tsx';

export function NotFound() {
  const { t } = useTranslation();
  const router = useRouter();
  return (
    <EmptyNote
      empty={{
        icon: iconRoute,
        title: t('not-found.title'),
        text: t('not-found.text'),
        action: t('not-found.home'),
        onAction: () => void router.navigate({ to: '/' }),
      }}
    />
  );
}

/** A page broke: the others still work, and nothing that was saved is lost. */
export function PageFault({ error, reset }: ErrorComponentProps) {
  return <Failure error={error} retry={reset} />;
}
