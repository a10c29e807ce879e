import { iconClose } from '@siemens/ix-icons/icons';
import { IxIconButton } from '@siemens/ix-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { number, percent } from '../../ui/format.ts';
import { type BoardSite, conditionOf } from './site-condition.ts';

type Props = Readonly<{ site: BoardSite; onClose: () => void }>;

/** One site of the map in words, with the ways to its evidence. */
export function SitePanel({ site, onClose }: Props) {
  const { t } = useTranslation();
  const condition = conditionOf(site);
  const facts: readonly (readonly [string, string])[] = [
    [t('board.site.machines'), number(site.machines)],
    [t('board.site.connected'), number(site.connected)],
    [t('board.site.running'), number(site.running)],
    [t('board.site.down'), number(site.down)],
    [t('board.site.sold'), percent(site.soldShare)],
  ];
  return (
    <aside className="site-panel" aria-label={site.name}>
      <header>
        <span className={`site-shape site-${condition}`} aria-hidden="true" />
        <strong>{site.name}</strong>
        <IxIconButton icon={iconClose} variant="tertiary" aria-label={t('common.close')} onClick={onClose} />
      </header>
      <p className="soft">{t(`site-condition.${condition}`)}</p>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {site.positionApproximate ? <p className="soft">{t('board.site.approximate')}</p> : null}
      <nav>
        <Link to="/machines" search={{ site: site.siteId }}>
          {t('board.site.to-machines')}
        </Link>
        <Link to="/matching" search={{ site: site.siteId }}>
          {t('board.site.to-plan')}
        </Link>
      </nav>
    </aside>
  );
}
