import { WebhookSettings } from '@millrace/contract';
import { checkDocumentAddress } from '../../document/index.ts';
import type { DriverKind } from '../../driver/index.ts';
import { WebhookDriver } from './webhook-driver.ts';

/** A document is read in one go; with more connections on a thread they would wait for each other. */
const PER_WORKER = 16;

/** Listens for JSON or XML documents that a machine or program sends by itself. */
export const driver: DriverKind = {
  name: 'webhook',
  settings: { ...WebhookSettings },
  checkAddress: checkDocumentAddress,
  perWorker: PER_WORKER,
  open: (context) => new WebhookDriver(context),
};
