import { showToast } from '@siemens/ix-react';

/** What the person just did has worked; read in passing. */
export function tellDone(message: string): void {
  void showToast({ message, type: 'success', autoCloseDelay: 5_000 });
}

/** What the person just did was refused; stays until it is closed. */
export function tellRefused(message: string): void {
  void showToast({ message, type: 'error', autoClose: false });
}
