import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import type { BrowseNode, ReadValue, ScannerSettings } from '@millrace/contract';
import { DeviceReader } from '../../device/index.ts';
import { type Driver, type DriverContext, DriverFault, type TagAddress } from '../../driver/index.ts';
import { FirstArrival, faultWords } from '../../net/index.ts';
import { KeyboardLabels } from './keyboard-labels.ts';
import { SerialLabels } from './serial-labels.ts';

const DEFAULT_BAUD = 9_600;
const DEFAULT_LENGTH = 256;
/** At 300 baud a character takes 33 ms; a scanner that pauses this long inside a label is unplugged or has no suffix. */
const PAUSE_MS = 1_000;
/** Setting a line takes milliseconds; a driver that hangs does not. */
const STTY_TIMEOUT_MS = 3_000;
/** A scanner's clock is the kernel's; a time further away than a day is rubbish. */
const CLOCK_MS = 86_400_000;
/** Where a keyboard event has 24 bytes. */
const BITS_64: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64', 'ppc64', 's390x'];

/** Each scan is one sample, also when the same label is read twice. */
export class ScannerDriver implements Driver {
  readonly #context: DriverContext;
  readonly #settings: ScannerSettings;
  #reader: DeviceReader | undefined;
  #pause: NodeJS.Timeout | undefined;
  #tags: readonly TagAddress[] = [];
  #last: { readonly label: string; readonly at: number } | undefined;
  readonly #first = new FirstArrival();
  #closed = false;

  constructor(context: DriverContext) {
    this.#context = context;
    this.#settings = context.settings as ScannerSettings;
  }

  async connect(): Promise<void> {
    const { device, mode, baud } = this.#settings;
    if (mode === 'keyboard' && !BITS_64.includes(process.arch)) {
      throw new DriverFault('Scanners that act as a keyboard need a 64-bit system', { lasting: true });
    }
    const labels = this.#labels();
    try {
      this.#reader = new DeviceReader(device, mode === 'keyboard' ? 'start' : 'end', {
        bytes: (bytes) => {
          this.#pause?.refresh();
          labels.push(bytes);
        },
        ended: (reason) => this.#lost(reason),
      });
    } catch (cause) {
      throw new DriverFault(faultWords(device, cause), { cause });
    }
    if (mode === 'serial' && this.#reader.kind === 'terminal') await setLine(device, baud ?? DEFAULT_BAUD);
    if (this.#closed) {
      this.#reader.close();
      throw new DriverFault('the connection was closed');
    }
    this.#pause = setInterval(() => labels.pause(), PAUSE_MS);
    this.#reader.start();
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#tags = tags;
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    if (this.#tags.length === 0) await this.#first.wait();
    const last = this.#last;
    return tags.map(
      ({ address }): ReadValue =>
        last === undefined
          ? { address, value: null, quality: 'bad', at: null, error: 'nothing was scanned so far' }
          : { address, value: last.label, quality: 'good', at: last.at, error: null },
    );
  }

  async browse(): Promise<readonly BrowseNode[]> {
    const name = `label of ${basename(this.#settings.device)}`;
    return [{ address: 'label', name, folder: false, tag: true, type: 'string' }];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#first.settle();
    clearInterval(this.#pause);
    this.#reader?.close();
  }

  #labels(): SerialLabels | KeyboardLabels {
    const maxLength = this.#settings.maxLength ?? DEFAULT_LENGTH;
    const sink = {
      label: (text: string, at?: number) => this.#take(text, at),
      refused: (reason: string) => this.#refuse(reason),
    };
    return this.#settings.mode === 'serial'
      ? new SerialLabels(maxLength, { label: (text) => sink.label(text), refused: sink.refused })
      : new KeyboardLabels(maxLength, sink);
  }

  #take(label: string, kernelAt: number | undefined): void {
    if (this.#closed) return;
    const now = this.#context.now();
    const at = kernelAt !== undefined && Math.abs(kernelAt - now) < CLOCK_MS ? kernelAt : now;
    this.#last = { label, at };
    this.#first.settle();
    if (this.#tags.length === 0) return;
    this.#context.sink(this.#tags.map((_, tag) => ({ tag, value: label, quality: 'good', at })));
  }

  #refuse(error: string): void {
    if (this.#closed || this.#tags.length === 0) return;
    const at = this.#context.now();
    this.#context.sink(this.#tags.map((_, tag) => ({ tag, value: null, quality: 'bad', at, error })));
  }

  #lost(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#first.settle();
    clearInterval(this.#pause);
    this.#context.lost(reason);
  }
}

/** Raw, because a terminal would wait for its own line end, and without echo, because a scanner would read it. */
async function setLine(device: string, baud: number): Promise<void> {
  const parameters = ['-F', device, String(baud), 'raw', '-echo', 'clocal'];
  await new Promise<void>((resolve, reject) => {
    execFile('stty', parameters, { timeout: STTY_TIMEOUT_MS, killSignal: 'SIGKILL' }, (cause, _, stderr) => {
      if (cause === null) resolve();
      else if (cause.code === 'ENOENT')
        reject(new DriverFault('stty is not installed (package coreutils)', { cause }));
      else
        reject(
          new DriverFault(`${device} cannot be set to ${baud} baud: ${stderr.trim() || cause.message}`, {
            cause,
          }),
        );
    });
  });
}
