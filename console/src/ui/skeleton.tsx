import { useTranslation } from 'react-i18next';

export type SkeletonShape = 'rows' | 'cards' | 'chart' | 'page';
const PIECES: Record<SkeletonShape, readonly string[]> = {
  rows: ['row', 'row', 'row', 'row', 'row', 'row'],
  cards: ['card', 'card', 'card'],
  chart: ['block'],
  page: ['title', 'block', 'row', 'row', 'row'],
};

/** The outline of what is coming, so that nothing jumps when it arrives. */
export function Skeleton({ shape }: { readonly shape: SkeletonShape }) {
  const { t } = useTranslation();
  return (
    <div className={`skeleton skeleton-${shape}`} role="status" aria-label={t('common.loading')}>
      {PIECES[shape].map((piece, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces never move
        <span key={index} className={`skeleton-${piece}`} />
      ))}
    </div>
  );
}
