import type { ActiveFile } from './active-file.ts';
import { encodeState } from './active-file.ts';
import { systemCode } from './disk.ts';
import { createDurableMark } from './durable-mark.ts';
import type { CheckpointPatch, NewEntry } from './entry.ts';
import { createFlusher } from './flusher.ts';
import type { Log } from './log.ts';
import { addPatch, encodeEntry, type Pending, takePatch, unwrittenOf } from './pending.ts';
import { applyPatch } from './recover.ts';
import { countFrame, type Segment } from './segment.ts';

/** A full disk is tried again so often: short enough to lose little, long enough not to keep a worn card busy. */
const RETRY_MS = 1_000;

export interface WriterOptions {
  readonly log: Log;
  readonly file: ActiveFile;
  /** Appended entries are on the disk after so long or so many bytes, whichever is first. */
  readonly fsyncMs: number;
  readonly fsyncBytes: number;
  /** Something reached the disk. */
  onDurable(): void;
  /** The disk refuses; undefined = it takes again. */
  onTrouble(cause: unknown): void;
  /** `log.unwritten` has changed: the book must know before the process may end. */
  onUnwritten(): void;
}

/** Collects what is appended and brings it to the disk in groups. */
export interface Writer {
  /** The entry's sequence; with a patch, both survive a power cut or neither. */
  append(entry: NewEntry, patch: CheckpointPatch | undefined): number;
  saveCheckpoint(patch: CheckpointPatch): void;
  /** Brings everything to the disk now; resolves also when the disk refuses. */
  flush(): Promise<void>;
  /** Resolves when everything appended so far is on the disk. */
  durable(): Promise<void>;
  pendingBytes(): number;
  /** Of the first entry that is not on the disk; epoch ms. */
  oldestPendingAt(): number | undefined;
  /** What it was given last is not on the disk yet because that refused. */
  isRefused(): boolean;
  /** Times that the disk refused since the start. */
  failures(): number;
  close(): Promise<void>;
}

/** The store was closed before the disk took what was appended. */
export class NotStored extends Error {
  override readonly name = 'NotStored';
  override readonly message = 'the store was closed while the disk refused to take what was appended';
}

export function openWriter(options: WriterOptions): Writer {
  const { log, file, fsyncMs, fsyncBytes, onDurable, onTrouble } = options;
  let pending: Pending[] = [];
  let pendingBytes = 0;
  let troubled = false;
  let failures = 0;
  const marks = createDurableMark();
  const flusher = createFlusher({
    delayMs: () => (troubled ? RETRY_MS : fsyncMs),
    hasWork: () => pending.length > 0,
    write: writeGroup,
  });
  const wake = (): void => {
    marks.step();
    if (!troubled && pendingBytes >= fsyncBytes) void flusher.now();
    else flusher.soon();
  };

  /** At every refusal, which come a second apart: what came in since the last is all that an end without warning forgets. */
  function noteUnwritten(): void {
    log.unwritten = unwrittenOf(log, pending);
    options.onUnwritten();
  }

  async function writeGroup(): Promise<void> {
    const group = pending;
    const mark = marks.appended();
    // From here on a new patch begins an entry of its own; it must not slip into what is being written.
    pending = [];
    let segment: Segment;
    const frames = group.map((one) => (one.head ? one.frame : encodeState({ checkpoint: one.patch })));
    try {
      segment = await file.put(Buffer.concat(frames));
    } catch (cause) {
      pending = [...group, ...pending];
      if (systemCode(cause) === undefined) throw cause;
      if (!troubled) onTrouble(cause);
      troubled = true;
      failures++;
      noteUnwritten();
      flusher.soon();
      return;
    }
    for (const [index, one] of group.entries()) settle(log, segment, one, frames[index]?.length ?? 0);
    for (const one of group) pendingBytes -= one.head ? one.frame.length : one.bytes;
    marks.reached(mark);
    if (troubled) onTrouble(undefined);
    troubled = false;
    if (log.unwritten !== undefined) noteUnwritten();
    onDurable();
    if (pending.length > 0) flusher.soon();
  }

  return {
    append: (entry, patch) => {
      const waiting = takePatch(pending);
      pendingBytes -= waiting?.bytes ?? 0;
      const one = encodeEntry(log, entry, waiting ? { ...waiting.patch, ...patch } : patch);
      const stream = log.streams[entry.kind];
      stream.next++;
      stream.appended += one.head.items;
      stream.waiting += one.head.items;
      pending.push(one);
      pendingBytes += one.frame.length;
      wake();
      return one.head.sequence;
    },
    saveCheckpoint: (patch) => {
      pendingBytes += addPatch(pending, patch);
      wake();
    },
    flush: () => flusher.now(),
    durable: () => marks.wait(),
    pendingBytes: () => pendingBytes,
    oldestPendingAt: () => pending.find(({ head }) => head !== undefined)?.head?.firstAt,
    isRefused: () => troubled,
    failures: () => failures,
    close: async () => {
      await flusher.now();
      await flusher.close();
      if (pending.length > 0) noteUnwritten();
      await file.close();
      marks.fail(new NotStored());
    },
  };
}

/** What is on the disk now counts: for reading, for the next file's start, and for the book. */
function settle(log: Log, segment: Segment, { head, patch }: Pending, bytes: number): void {
  if (patch !== undefined) applyPatch(log.checkpoint, patch);
  if (head === undefined) {
    segment.stateBytes += bytes;
  } else if (head.kind !== 'state') {
    countFrame(segment, { ...head, bytes }, false);
    log.streams[head.kind].durable = head.sequence;
    log.streams[head.kind].durableItems = head.itemsBefore + head.items;
  }
}
