import type { GatewayToken } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/dialog.tsx';
import { Secret } from '../../ui/secret.tsx';

type Props = Readonly<{ made: GatewayToken; onClose: () => void }>;

/** The token is shown once, with the one command that tries it out. */
export function TokenDialog({ made, onClose }: Props) {
  const { t } = useTranslation();
  const command = `curl -H "authorization: Bearer ${made.token}" -H "content-type: application/json" ${window.location.origin}/api/v3/machine-records -d '{"v":3,"records":[]}'`;
  return (
    <Dialog
      title={t('gateway.token-title', { name: made.gateway.name })}
      size="720"
      onClose={onClose}
      footer={<IxButton onClick={onClose}>{t('secret.kept')}</IxButton>}
    >
      <div className="form">
        <p>{t('gateway.token-text')}</p>
        <Secret label={t('secret.once')} value={made.token} />
        <Secret label={t('gateway.try')} value={command} />
      </div>
    </Dialog>
  );
}
