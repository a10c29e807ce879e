import { HttpPollSettings } from '@millrace/contract';
import { checkDocumentAddress } from '../../document/index.ts';
import type { DriverKind } from '../../driver/index.ts';
import { PollDriver } from './poll-driver.ts';

/** Polls wait for sockets nearly all of the time: many connections share a thread. */
const PER_WORKER = 32;

/** Asks a JSON or XML document in a rhythm. */
export const driver: DriverKind = {
  name: 'http-poll',
  settings: { ...HttpPollSettings },
  checkAddress: checkDocumentAddress,
  perWorker: PER_WORKER,
  open: (context) => new PollDriver(context),
};
