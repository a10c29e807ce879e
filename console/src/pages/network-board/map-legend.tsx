import { useTranslation } from 'react-i18next';
import { SITE_CONDITIONS } from './site-condition.ts';

export function MapLegend() {
  const { t } = useTranslation();
  return (
    <ul className="map-legend">
      {SITE_CONDITIONS.map((condition) => (
        <li key={condition}>
          <span className={`site-shape site-${condition}`} aria-hidden="true" />
          {t(`site-condition.${condition}`)}
        </li>
      ))}
      <li>
        <span className="ring-shape" aria-hidden="true" />
        {t('board.legend-sold')}
      </li>
      <li>
        <span className="way-shape" aria-hidden="true" />
        {t('board.legend-transit')}
      </li>
    </ul>
  );
}
