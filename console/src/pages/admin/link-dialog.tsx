import type { OneTimeLink, User } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/dialog.tsx';
import { instant } from '../../ui/format.ts';
import { Secret } from '../../ui/secret.tsx';

type Props = Readonly<{ user: User; link: OneTimeLink; onClose: () => void }>;

export function LinkDialog({ user, link, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t('user.link-title', { name: user.name })}
      onClose={onClose}
      footer={<IxButton onClick={onClose}>{t('secret.kept')}</IxButton>}
    >
      <div className="form">
        <p>{t('user.link-text', { at: instant(link.expiresAt, 'full-zone') })}</p>
        <Secret label={t('secret.once')} value={link.url} />
      </div>
    </Dialog>
  );
}
