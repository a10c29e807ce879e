import { IxButton } from '@siemens/ix-react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/dialog.tsx';

type Props = Readonly<{
  /** Names the thing. */
  title: string;
  /** What will stop working. */
  text: string;
  action: string;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}>;

/** Dangerous work asks once, in words that name the thing. */
export function ConfirmDialog({ title, text, action, busy, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={title}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton variant="danger-primary" loading={busy} onClick={onConfirm}>
            {action}
          </IxButton>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
