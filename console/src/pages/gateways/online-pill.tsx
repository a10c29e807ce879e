import { iconCheck, iconClock, iconClose, iconDisconnected } from '@siemens/ix-icons/icons';
import { useTranslation } from 'react-i18next';
import { duration } from '../../ui/format.ts';
import { Pill } from '../../ui/pill.tsx';

type Props = Readonly<{
  summary: Readonly<{
    online: boolean;
    heardAt: number | null;
    gateway: Readonly<{ revokedAt: number | null }>;
  }>;
}>;

/** Whether the agent speaks, and since when it does not. */
export function OnlinePill({ summary: { online, heardAt, gateway } }: Props) {
  const { t } = useTranslation();
  if (gateway.revokedAt !== null) {
    return (
      <Pill tone="neutral" icon={iconClose}>
        {t('key.revoked')}
      </Pill>
    );
  }
  if (online) {
    return (
      <Pill tone="success" icon={iconCheck}>
        {t('gateways.online')}
      </Pill>
    );
  }
  if (heardAt === null) {
    return (
      <Pill tone="neutral" icon={iconClock}>
        {t('gateways.never-heard')}
      </Pill>
    );
  }
  return (
    <Pill tone="alarm" icon={iconDisconnected}>
      {t('gateways.silent', { age: duration(Date.now() - heardAt) })}
    </Pill>
  );
}
