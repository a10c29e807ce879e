import type { S7Settings } from '@millrace/contract';
import type { Driver, DriverContext, TagAddress } from '../../driver/index.ts';
import { PolledDriver, type Rounds } from '../../poll/index.ts';
import { S7Dialect, type S7Link } from './dialect.ts';
import { Reader } from './reader.ts';
import { writeTag } from './writer.ts';

/** ISO-on-TCP. [RFC 1006 §1] */
const DEFAULT_PORT = 102;

/** Siemens S7-300, 400, 1200 and 1500 by absolute addresses. */
export function openS7(context: DriverContext): Driver {
  // Checked against the schema by the host before. [DriverContext.settings]
  const settings = context.settings as S7Settings;
  const dialect = new S7Dialect(settings.rack, settings.slot);
  return new PolledDriver(context, settings, {
    defaultPort: DEFAULT_PORT,
    dialect,
    rounds: (link, tags) => roundsOf(dialect, link, tags),
    write: writeTag,
  });
}

/** A connection that was made anew may have agreed on messages of another length: then the plan is made anew too. */
function roundsOf(dialect: S7Dialect, link: S7Link, tags: readonly TagAddress[]): Rounds {
  let { pdu } = dialect;
  let reader = new Reader(link, pdu, tags);
  return {
    round: (report, isStopped) => {
      if (pdu !== dialect.pdu) reader = new Reader(link, dialect.pdu, tags);
      pdu = dialect.pdu;
      return reader.round(report, isStopped);
    },
  };
}
