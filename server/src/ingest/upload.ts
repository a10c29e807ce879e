import type { UploadAnswer } from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import { isPassingFailure, isRefusal, type Refusal } from '../kernel/index.ts';
import type { Directory } from '../registry/index.ts';
import type { Room } from './batch.ts';
import {
  type DecodedUpload,
  decodeUploadText,
  type Locate,
  locateIn,
  MESSAGES,
  type Rejection,
} from './decode-v3.ts';
import { type GatewayBook, type MachineSource, ownerOf } from './gateway-book.ts';
import { DATABASE_AWAY, type GroupCommit } from './group-commit.ts';
import type { GatewayEntry } from './layout.ts';
import type { OrganisationBook } from './organisation-book.ts';

/** Rejections told one by one; the numbers tell all. */
const REJECTIONS_MAX = 100;

export interface UploadService {
  /** Decodes, stores, answers after COMMIT. `text` is the body as it came. */
  upload(actor: Actor, text: Uint8Array): Promise<UploadAnswer | Refusal>;
}

export interface UploadParts {
  readonly registry: MachineSource;
  readonly now: () => number;
  readonly book: GatewayBook;
  readonly organisations: OrganisationBook;
  readonly commit: GroupCommit;
  /** Room for the values of decoded uploads. */
  readonly room: Room;
}

export function createUploadService(parts: UploadParts): UploadService {
  return {
    upload: async (actor, text) => {
      try {
        return await upload(parts, actor, text);
      } catch (error) {
        // The sender keeps its records and tries again; only what is wrong with us is a fault.
        if (isPassingFailure(error)) return DATABASE_AWAY;
        throw error;
      }
    },
  };
}

async function upload(parts: UploadParts, actor: Actor, text: Uint8Array): Promise<UploadAnswer | Refusal> {
  const full = parts.commit.full();
  if (full) return full;
  const decoded = await decode(parts, actor, text);
  if (isRefusal(decoded)) return decoded;
  const { upload, owner, entryOf } = decoded;
  const { batches } = upload;
  const rejections = nameForeign(parts.registry.directoryNow(actor.networkId), actor, upload.rejections);
  const entries = batches.map((batch) => entryOf(batch.layout.gatewayId));
  for (const [index, batch] of batches.entries()) {
    const entry = entries[index] as GatewayEntry;
    if (batch.signals) await parts.book.addSignals(entry, batch.signals.keys());
    // Only signals can have been added since, so positions are the same.
    batch.layout = entry.layout;
    batch.late = batch.minute < entry.newestMinute;
    if (!batch.late) entry.newestMinute = batch.minute;
  }
  const outcomes = await parts.commit.submit({
    batches,
    entries,
    rejections,
    owner,
    telemetry: [],
    records: upload.received,
  });
  return isRefusal(outcomes) ? outcomes : toAnswer(upload, rejections, outcomes);
}

interface Decoded {
  readonly upload: DecodedUpload;
  readonly owner: GatewayEntry;
  readonly entryOf: (gatewayId: string) => GatewayEntry;
}

async function decode(parts: UploadParts, actor: Actor, text: Uint8Array): Promise<Decoded | Refusal> {
  const owner = ownerOf(actor);
  const entry = parts.book.known(owner) ?? (await parts.book.load(owner));
  if (actor.kind === 'gateway') {
    const upload = decodeUploadText(text, locateIn(entry), parts.now(), parts.room);
    return isRefusal(upload) ? upload : { upload, owner: entry, entryOf: () => entry };
  }
  const organisation = await parts.organisations.open(owner);
  const locate: Locate = (machine) => organisation.locate(machine);
  const upload = decodeUploadText(text, locate, parts.now(), parts.room);
  return isRefusal(upload) ? upload : { upload, owner: entry, entryOf: organisation.entryOf };
}

function toAnswer(
  upload: DecodedUpload,
  rejections: readonly Rejection[],
  outcomes: readonly { accepted: number; duplicates: readonly number[]; conflicts: readonly number[] }[],
): UploadAnswer {
  let accepted = 0;
  let duplicate = 0;
  let conflict = 0;
  for (const outcome of outcomes) {
    accepted += outcome.accepted;
    duplicate += outcome.duplicates.length;
    conflict += outcome.conflicts.length;
  }
  return {
    ...(upload.uploadId === undefined ? {} : { uploadId: upload.uploadId }),
    received: upload.received,
    accepted,
    duplicate,
    conflict,
    rejected: rejections.length,
    rejections: rejections
      .slice(0, REJECTIONS_MAX)
      .map(({ index, code, message }) => ({ index, code, message })),
  };
}

/** Tells a machine of another gateway of the same organisation from one nobody knows; of others nothing is revealed. */
function nameForeign(
  directory: Directory | undefined,
  { organisationId }: Actor,
  rejections: readonly Rejection[],
): readonly Rejection[] {
  if (!directory || !rejections.some(({ code }) => code === 'unknown-machine')) return rejections;
  return rejections.map((rejection) => {
    if (rejection.code !== 'unknown-machine' || rejection.machine === undefined) return rejection;
    const machine =
      directory.machineByCode(organisationId, rejection.machine) ?? directory.machine(rejection.machine);
    const foreign = machine?.organisationId === organisationId && machine.retiredAt === null;
    return foreign
      ? { ...rejection, code: 'foreign-machine', message: MESSAGES['foreign-machine'] }
      : rejection;
  });
}
