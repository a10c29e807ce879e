import { HttpPollSettings } from '@millrace/contract';
import { checkDocumentAddress } from '../../document/index.ts';
import type { DriverKind } from '../../driver/index.ts';
import { PollDriver } from './poll-driver.ts';

/** Asks a JSON or XML document in a rhythm. */
export const driver: DriverKind = {
  name: 'http-poll',
  settings: { ...HttpPollSettings },
  checkAddress: checkDocumentAddress,
  perWorker: 32,
  open: (context) => new PollDriver(context),
};
