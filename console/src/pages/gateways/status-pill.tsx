import { iconCheck, iconCircle, iconClock, iconError, iconInfo, iconWarning } from '@siemens/ix-icons/icons';
import { Pill, type Tone } from '../../ui/pill.tsx';

const ICONS: Record<Tone, string> = {
  success: iconCheck,
  info: iconInfo,
  warning: iconWarning,
  alarm: iconError,
  neutral: iconClock,
  primary: iconCircle,
};

/** How something stands: the sign goes with the colour. */
export function StatusPill({ tone, children }: Readonly<{ tone: Tone; children: string }>) {
  return (
    <Pill tone={tone} icon={ICONS[tone]}>
      {children}
    </Pill>
  );
}
