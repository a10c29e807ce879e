import { useTranslation } from 'react-i18next';

const PRIORITIES = [0, 1, 2, 3, 4] as const;
const MARKS = ['set-up', 'late', 'closed', 'blocked', 'held', 'fence'] as const;

/** What colours and patterns of the Gantt mean. */
export function ScheduleLegend() {
  const { t } = useTranslation();
  return (
    <ul className="map-legend">
      {PRIORITIES.map((priority) => (
        <li key={priority}>
          <span
            className="site-shape"
            style={{ background: `var(--console-p${priority})` }}
            aria-hidden="true"
          />
          P{priority}
        </li>
      ))}
      {MARKS.map((mark) => (
        <li key={mark}>
          <span className={`work-mark work-mark-${mark}`} aria-hidden="true" />
          {t(`schedule.mark-${mark}`)}
        </li>
      ))}
    </ul>
  );
}
