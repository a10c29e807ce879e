import type { Refusal } from '../kernel/index.ts';
import type { BatchOutcome } from './batch.ts';
import type { Rejection } from './decode-v3.ts';
import { MESSAGES } from './decode-v3.ts';
import { deviceGatewayOf } from './device-gateway.ts';
import type { GatewayBook } from './gateway-book.ts';
import type { GroupCommit } from './group-commit.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { positionOf } from './layout.ts';
import type { StoredMapping } from './store-mapping.ts';
import type { ParsedTelemetry } from './thingsboard.ts';

export interface TelemetryParts {
  readonly book: GatewayBook;
  readonly commit: GroupCommit;
  readonly metrics: IngestMetrics;
}

/** Answered after COMMIT. Messages of an impossible time are refused one by one and stand in the machine's loss ledger. */
export async function submitTelemetry(
  { book, commit, metrics }: TelemetryParts,
  mapping: StoredMapping,
  { messages, rejected }: ParsedTelemetry,
): Promise<readonly BatchOutcome[] | Refusal> {
  const { orgId, networkId, machineId } = mapping;
  const ledger = rejected.length === 0 ? NO_LEDGER : await ledgerOf(book, mapping, rejected);
  const outcome = await commit.submit({
    batches: [],
    entries: [],
    ...ledger,
    telemetry: messages.map((message) => ({ ...message, orgId, networkId, machineId })),
    records: messages.length + rejected.length,
  });
  if (!('refused' in outcome)) metrics.telemetry(messages.length, rejected.length);
  return outcome;
}

const NO_LEDGER = { rejections: [], owner: undefined };

async function ledgerOf(
  book: GatewayBook,
  { orgId, networkId, machineId }: StoredMapping,
  rejected: ParsedTelemetry['rejected'],
) {
  const entry = await book.load({ orgId, networkId, gatewayId: deviceGatewayOf(orgId) });
  const position = positionOf(entry, machineId, 0);
  const at = position < 0 ? undefined : { entry, position };
  const rejections = rejected.map(
    (code, index): Rejection => ({ index, code, message: MESSAGES[code], machine: machineId, at }),
  );
  return { rejections, owner: entry };
}
