import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { isatty } from 'node:tty';
import { faultWords } from '../net/index.ts';

/** Long enough to cost nothing (a hundred empty reads a second are 0.3 % of a core), short beside any machine's cycle. */
const LOOK_MS = 10;
/** A turn reads no more than this, so that a flood on one device leaves time for the others. */
const READS_PER_LOOK = 16;
const READ_BYTES = 16_384;
/** Whether a file was replaced or cut is looked for once a second. */
const LOOKS_PER_CHECK = 100;

type DeviceKind = 'file' | 'pipe' | 'terminal' | 'device';

interface DeviceSink {
  bytes(bytes: Buffer): void;
  /** It is gone or cannot be read any more; nothing follows. */
  ended(reason: string): void;
}

/**
 * Reads what a device gives, from `open` on. Always without blocking and by looking, because a read that waits would hold one of
 * the four threads that also write the agent's buffer to its disk, and could not be ended.
 */
export class DeviceReader {
  readonly kind: DeviceKind;
  readonly #path: string;
  readonly #sink: DeviceSink;
  #fd: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** In a file. */
  #position = 0;
  #inode: number;
  #looks = 0;
  readonly #buffer = Buffer.allocUnsafe(READ_BYTES);

  /** Throws the error of the operating system when it cannot be opened. `from` says where a file is begun; the rest has no past. */
  constructor(path: string, from: 'start' | 'end', sink: DeviceSink) {
    this.#path = path;
    this.#sink = sink;
    // Open for writing too a pipe never ends when its writer does.
    const access = statSync(path).isFIFO() ? constants.O_RDWR : constants.O_RDONLY;
    const fd = openSync(path, access | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stats = fstatSync(fd);
    this.#fd = fd;
    this.kind = kindOf(stats, fd);
    this.#inode = stats.ino;
    if (this.kind === 'file' && from === 'end') this.#position = stats.size;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #look(): void {
    this.#looks += 1;
    if (this.kind === 'file' && this.#looks % LOOKS_PER_CHECK === 0) this.#checkFile();
    for (let reads = 0; reads < READS_PER_LOOK && this.#fd !== undefined; reads += 1) {
      const bytes = this.#read(this.#fd);
      if (bytes === undefined) return;
      this.#sink.bytes(bytes);
    }
  }

  /** Undefined when there is nothing now, or never again. */
  #read(fd: number): Buffer | undefined {
    try {
      const length = readSync(fd, this.#buffer, 0, READ_BYTES, this.kind === 'file' ? this.#position : null);
      this.#position += length;
      if (length > 0) return Buffer.from(this.#buffer.subarray(0, length));
      if (this.kind === 'terminal' || this.kind === 'device') this.#end(`${this.#path} is gone`);
      return undefined;
    } catch (cause) {
      const nothingNow = cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN';
      if (!nothingNow) this.#end(faultWords(this.#path, cause));
      return undefined;
    }
  }

  /** A file that was cut or replaced is read from its new beginning; one that is away may come back. */
  #checkFile(): void {
    try {
      const stats = statSync(this.#path, { throwIfNoEntry: false });
      if (stats === undefined || this.#fd === undefined) return;
      if (stats.ino === this.#inode) {
        if (stats.size < this.#position) this.#position = 0;
        return;
      }
      const fresh = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
      for (let rest = this.#read(this.#fd); rest !== undefined; rest = this.#read(this.#fd))
        this.#sink.bytes(rest);
      if (this.#fd !== undefined) closeSync(this.#fd);
      this.#fd = fresh;
      this.#inode = stats.ino;
      this.#position = 0;
    } catch (cause) {
      this.#end(faultWords(this.#path, cause));
    }
  }

  #end(reason: string): void {
    this.close();
    this.#sink.ended(reason);
  }
}

function kindOf(stats: Stats, fd: number): DeviceKind {
  if (stats.isFile()) return 'file';
  if (stats.isFIFO()) return 'pipe';
  return isatty(fd) ? 'terminal' : 'device';
}
