import { iconChevronLeft, iconChevronRight } from '@siemens/ix-icons/icons';
import { IxButton, IxIconButton } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';

type Props = Readonly<{ day: string; today: string; onChange: (day: string) => void }>;

export function DayPicker({ day, today, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <div className="day-picker">
      <IxIconButton
        icon={iconChevronLeft}
        variant="tertiary"
        aria-label={t('machine.day-before')}
        onClick={() => onChange(neighbour(day, -1))}
      />
      <input
        type="date"
        aria-label={t('machine.day')}
        value={day}
        max={today}
        onChange={({ target }) => target.value !== '' && onChange(target.value)}
      />
      <IxIconButton
        icon={iconChevronRight}
        variant="tertiary"
        aria-label={t('machine.day-after')}
        disabled={day >= today}
        onClick={() => onChange(neighbour(day, 1))}
      />
      <IxButton variant="tertiary" disabled={day === today} onClick={() => onChange(today)}>
        {t('machine.today')}
      </IxButton>
    </div>
  );
}

/** Calendar arithmetic on the day itself, in UTC, where every day has 24 hours. */
function neighbour(day: string, step: 1 | -1): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + step);
  return date.toISOString().slice(0, 10);
}
