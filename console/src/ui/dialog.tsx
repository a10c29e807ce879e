import { IxModal, IxModalContent, IxModalFooter, IxModalHeader } from '@siemens/ix-react';
import { type ReactNode, useEffect, useRef } from 'react';

type Props = Readonly<{
  title: string;
  size?: '360' | '480' | '600' | '720' | '840';
  onClose: () => void;
  footer: ReactNode;
  children: ReactNode;
}>;

/** A modal in the React tree (so that it keeps its queries and language), opened while it is mounted. */
export function Dialog({ title, size = '600', onClose, footer, children }: Props) {
  const modal = useRef<HTMLIxModalElement>(null);
  useEffect(() => {
    void modal.current?.showModal();
  }, []);
  return (
    <IxModal
      ref={modal}
      size={size}
      onDialogDismiss={onClose}
      onDialogClose={onClose}
      closeOnBackdropClick={false}
    >
      <IxModalHeader onCloseClick={onClose}>{title}</IxModalHeader>
      <IxModalContent>{children}</IxModalContent>
      <IxModalFooter>{footer}</IxModalFooter>
    </IxModal>
  );
}
