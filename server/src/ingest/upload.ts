import type { UploadAnswer } from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import { type Database, isRefusal, PLATFORM, type Refusal } from '../kernel/index.ts';
import { machinesByName } from '../registry/index.ts';
import {
  type DecodedUpload,
  decodeUploadText,
  type Locate,
  locateIn,
  MESSAGES,
  type Rejection,
} from './decode-v3.ts';
import { type GatewayBook, ownerOf } from './gateway-book.ts';
import type { GroupCommit } from './group-commit.ts';
import type { GatewayEntry } from './layout.ts';
import type { OrganisationBook } from './organisation-book.ts';

/** Rejections told one by one; the numbers tell all. */
const REJECTIONS_MAX = 100;

export interface UploadService {
  /** Decodes, stores, answers after COMMIT. `text` is the body as it came. */
  upload(actor: Actor, text: Uint8Array): Promise<UploadAnswer | Refusal>;
}

export interface UploadParts {
  readonly db: Database;
  readonly now: () => number;
  readonly book: GatewayBook;
  readonly organisations: OrganisationBook;
  readonly commit: GroupCommit;
  /** A name the layout does not know makes the registry be read again, but not more often than this (wall ms). */
  readonly mayReload: (gatewayId: string) => boolean;
}

export function createUploadService(parts: UploadParts): UploadService {
  const { book, commit } = parts;

  const decode = async (actor: Actor, text: Uint8Array): Promise<Decoded | Refusal> => {
    const first = await decodeOnce(parts, actor, text);
    if (isRefusal(first) || !first.upload.rejections.some(({ code }) => code === 'unknown-machine'))
      return first;
    const owner = ownerOf(actor);
    if (!parts.mayReload(owner.gatewayId)) return first;
    // A machine that was registered a moment ago: this process has not noticed yet.
    book.forget(owner.gatewayId);
    parts.organisations.forget(owner.orgId);
    return decodeOnce(parts, actor, text);
  };

  return {
    upload: async (actor, text) => {
      const decoded = await decode(actor, text);
      if (isRefusal(decoded)) return decoded;
      const { upload, owner, entryOf } = decoded;
      const { batches } = upload;
      const rejections = await nameForeign(parts.db, actor, upload.rejections);
      const entries = batches.map((batch) => entryOf(batch.layout.gatewayId));
      for (const [index, batch] of batches.entries()) {
        const entry = entries[index] as GatewayEntry;
        if (batch.signals) await book.addSignals(entry, batch.signals.keys());
        // Only signals can have been added since, so positions are the same.
        batch.layout = entry.layout;
        batch.late = batch.minute < entry.newestMinute;
        if (!batch.late) entry.newestMinute = batch.minute;
      }
      const outcomes = await commit.submit({
        batches,
        entries,
        rejections,
        owner,
        telemetry: [],
        records: upload.received,
      });
      return isRefusal(outcomes) ? outcomes : toAnswer(upload, rejections, outcomes);
    },
  };
}

interface Decoded {
  readonly upload: DecodedUpload;
  readonly owner: GatewayEntry;
  readonly entryOf: (gatewayId: string) => GatewayEntry;
}

async function decodeOnce(parts: UploadParts, actor: Actor, text: Uint8Array): Promise<Decoded | Refusal> {
  const owner = ownerOf(actor);
  const entry = parts.book.known(owner) ?? (await parts.book.load(owner));
  if (actor.kind === 'gateway') {
    const upload = decodeUploadText(text, locateIn(entry), parts.now());
    return isRefusal(upload) ? upload : { upload, owner: entry, entryOf: () => entry };
  }
  const organisation = await parts.organisations.open(owner);
  const locate: Locate = (machine) => organisation.locate(machine);
  const upload = decodeUploadText(text, locate, parts.now());
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
async function nameForeign(
  db: Database,
  actor: Actor,
  rejections: readonly Rejection[],
): Promise<readonly Rejection[]> {
  const unknown = rejections.filter(({ code }) => code === 'unknown-machine').slice(0, REJECTIONS_MAX);
  const names = [...new Set(unknown.map(({ machine }) => machine ?? ''))].filter(
    (name) => name.length <= 64 && !name.includes('\0') && name.isWellFormed(),
  );
  if (names.length === 0) return rejections;
  const found = await db.transaction(PLATFORM, (tx) =>
    machinesByName(tx, actor.networkId, actor.organisationId, names),
  );
  const foreign = new Set(found.flatMap(({ id, code }) => [id, code]));
  return rejections.map((rejection) =>
    rejection.code === 'unknown-machine' && foreign.has(rejection.machine ?? '')
      ? { ...rejection, code: 'foreign-machine', message: MESSAGES['foreign-machine'] }
      : rejection,
  );
}
