import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { DriverFault } from '../../driver/index.ts';
import { faultWords, LineReader } from '../../net/index.ts';
import { parseGpiomonLine } from './edge-line.ts';
import type { Edge, EdgeSink, PulseSource } from './pulse-source.ts';

/** The kernel hands over at most 64 lines in one request. [linux/gpio.h, GPIO_V2_LINES_MAX] */
const LINES = 64;
/** The tools answer in milliseconds; a chip behind a bus that hangs does not. */
const TOOL_TIMEOUT_MS = 3_000;
/** Processes at the same time; a small gateway has room for that many. */
const TOOLS = 8;
const TOOL_OUTPUT_BYTES = 262_144;
/** A killed process is gone in milliseconds. */
const STOP_MS = 1_000;
const LINE_BYTES = 128;
const WORDS_BYTES = 1_024;

/** Ends `gpiomon` with whoever started it, however that ended: an orphan would hold the lines against its successor. */
const GUARDED = `exec 3<&0
gpiomon "$@" &
monitor=$!
{ read -r _ <&3; kill -9 $monitor; } 2>/dev/null &
guard=$!
wait $monitor
status=$?
kill $guard 2>/dev/null
exit $status`;

/**
 * A GPIO chip of the kernel through the tools of libgpiod, because asking for its lines needs `ioctl`, which Node has not. The
 * kernel stamps each edge and keeps it until it is fetched, so a busy gateway loses none.
 */
export class GpioChip implements PulseSource {
  readonly #path: string;
  readonly #now: () => number;
  readonly #sink: EdgeSink;
  readonly #levels = new Map<number, boolean>();
  #monitor: ChildProcessWithoutNullStreams | undefined;
  /** The tools changed their arguments with 2.0. */
  #major = 0;

  constructor(path: string, now: () => number, sink: EdgeSink) {
    this.#path = path;
    this.#now = now;
    this.#sink = sink;
  }

  async open(): Promise<void> {
    await access(this.#path).catch((cause: unknown) => {
      throw new DriverFault(faultWords(this.#path, cause), { cause });
    });
    const version = await tool('gpiomon', ['--version']);
    const major = /v(\d+)\./.exec(version)?.[1];
    if (major === undefined) throw new DriverFault(`gpiomon tells no version: ${version.slice(0, 80)}`);
    this.#major = Number(major);
  }

  async watch(lines: readonly number[]): Promise<ReadonlyMap<number, string>> {
    await this.#stop();
    const wanted = lines.slice(0, LINES);
    const faults = new Map(lines.slice(LINES).map((line) => [line, `at most ${LINES} lines of a chip`]));
    const levels = await this.#get(wanted);
    const edges: Edge[] = [];
    for (const [line, level] of levels) {
      if (typeof level === 'string') faults.set(line, level);
      else edges.push({ line, on: level, at: this.#now() });
    }
    if (edges.length === 0) return faults;
    for (const { line, on } of edges) this.#levels.set(line, on);
    this.#sink.edges(edges);
    this.#start(edges.map(({ line }) => line));
    return faults;
  }

  async levels(lines: readonly number[]): Promise<ReadonlyMap<number, boolean | string>> {
    // A watched line is in use, by ourselves.
    const others = lines.filter((line) => this.#monitor === undefined || !this.#levels.has(line));
    const asked = await this.#get(others);
    return new Map(
      lines.map((line) => [
        line,
        asked.get(line) ?? this.#levels.get(line) ?? 'the state of the line is not known',
      ]),
    );
  }

  async lines(): Promise<readonly { readonly line: number; readonly name: string }[]> {
    const text = await tool('gpioinfo', this.#major >= 2 ? ['--chip', this.#path] : [this.#path]);
    return [...text.matchAll(/^\s*line\s+(\d{1,4}):\s+(?:"([^"]*)"|unnamed)/gm)].map(([, line, name]) => ({
      line: Number(line),
      name: name ?? `line ${line}`,
    }));
  }

  async close(): Promise<void> {
    await this.#stop();
  }

  /** All at once; when that fails one by one, to know which line it is. */
  async #get(lines: readonly number[]): Promise<ReadonlyMap<number, boolean | string>> {
    const found = new Map<number, boolean | string>();
    if (lines.length === 0) return found;
    const options = this.#major >= 2 ? ['--numeric', '--chip', this.#path] : [this.#path];
    try {
      const levels = (await tool('gpioget', [...options, ...lines.map(String)])).trim().split(/\s+/);
      if (levels.length !== lines.length) throw new DriverFault('gpioget tells another number of lines');
      lines.forEach((line, index) => void found.set(line, levels[index] === '1'));
    } catch (fault) {
      if (lines.length === 1) {
        return found.set(lines[0] ?? 0, fault instanceof Error ? fault.message : String(fault));
      }
      for (let from = 0; from < lines.length; from += TOOLS) {
        const some = await Promise.all(lines.slice(from, from + TOOLS).map((line) => this.#get([line])));
        for (const one of some) for (const [line, level] of one) found.set(line, level);
      }
    }
    return found;
  }

  #start(lines: readonly number[]): void {
    const options =
      this.#major >= 2
        ? ['--chip', this.#path, '--format', '%o %E %S']
        : ['--line-buffered', '--format=%o %e %s %n', this.#path];
    const monitor = spawn('/bin/sh', ['-c', GUARDED, 'gpiomon', ...options, ...lines.map(String)]);
    this.#monitor = monitor;
    let words = '';
    let edges: Edge[] = [];
    const reader = new LineReader(LINE_BYTES, {
      line: (text) => {
        const monotonicMs = Number(process.hrtime.bigint()) / 1e6;
        const edge = parseGpiomonLine(text, { nowMs: this.#now(), monotonicMs });
        if (edge !== undefined) edges.push(edge);
      },
    });
    monitor.stdout.on('data', (bytes: Buffer) => {
      reader.push(bytes);
      if (edges.length > 0 && monitor === this.#monitor) this.#take(edges);
      edges = [];
    });
    monitor.stderr.on('data', (bytes: Buffer) => {
      words = (words + bytes.toString('utf8')).slice(-WORDS_BYTES);
    });
    monitor.on('error', (cause) => this.#ended(monitor, toolFault('/bin/sh', cause).message));
    // It has nothing to read but our end.
    monitor.stdin.on('error', () => monitor.kill());
    monitor.on('close', (code) =>
      this.#ended(monitor, `gpiomon ended (${code}): ${words.trim() || 'no reason given'}`),
    );
  }

  /**
   * The kernel keeps 16 edges of a line and then drops the newest. Two edges of the same direction show it: a line that goes on
   * was off before, so the pulse counts, with no length.
   */
  #take(edges: readonly Edge[]): void {
    const whole = edges.flatMap((edge) => {
      const missed = this.#levels.get(edge.line) === edge.on;
      this.#levels.set(edge.line, edge.on);
      return missed ? [{ ...edge, on: !edge.on }, edge] : [edge];
    });
    this.#sink.edges(whole);
  }

  #ended(monitor: ChildProcessWithoutNullStreams, reason: string): void {
    if (monitor !== this.#monitor) return;
    this.#monitor = undefined;
    this.#sink.ended(reason);
  }

  /** Resolves when its lines are free again. */
  async #stop(): Promise<void> {
    const monitor = this.#monitor;
    this.#monitor = undefined;
    if (monitor === undefined || monitor.exitCode !== null || monitor.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => monitor.once('close', () => resolve()));
    monitor.stdin.destroy();
    await Promise.race([ended, pause(STOP_MS, undefined, { ref: false })]);
  }
}

async function tool(name: string, parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      timeout: TOOL_TIMEOUT_MS,
      maxBuffer: TOOL_OUTPUT_BYTES,
      killSignal: 'SIGKILL',
    } as const;
    execFile(name, [...parameters], options, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout);
      else reject(toolFault(name, cause, stderr));
    });
  });
}

function toolFault(name: string, cause: Error, words = ''): DriverFault {
  if ('code' in cause && cause.code === 'ENOENT') {
    return new DriverFault(`${name} is not installed: install the package gpiod (libgpiod tools)`, { cause });
  }
  return new DriverFault(words.trim() === '' ? faultWords(name, cause) : words.trim().slice(0, WORDS_BYTES), {
    cause,
  });
}
