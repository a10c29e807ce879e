import { WebhookSettings } from '@millrace/contract';
import { checkDocumentAddress } from '../../document/index.ts';
import type { DriverKind } from '../../driver/index.ts';
import { WebhookDriver } from './webhook-driver.ts';

/** Listens for JSON or XML documents that a machine or program sends by itself. */
export const driver: DriverKind = {
  name: 'webhook',
  settings: { ...WebhookSettings },
  checkAddress: checkDocumentAddress,
  perWorker: 16,
  open: (context) => new WebhookDriver(context),
};
