import { IxButton } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';

type Props = Readonly<{
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}>;

export function More({ query }: Props) {
  const { t } = useTranslation();
  if (!query.hasNextPage) return null;
  return (
    <div className="row" style={{ justifyContent: 'center', padding: 12 }}>
      <IxButton
        variant="secondary"
        loading={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        {t('common.more')}
      </IxButton>
    </div>
  );
}
