import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { DriverFault } from '../../driver/index.ts';
import type { PacketGuard } from './packet-guard.ts';

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Ports registered for MQTT at IANA. */
const DEFAULT_PORT = { 'mqtt:': 1_883, 'mqtts:': 8_883 } as const;

/** Throws a `DriverFault` when the URL is not one of a broker. */
export function parseBrokerUrl(text: string): BrokerAddress {
  if (!URL.canParse(text)) throw new DriverFault(`${text} is not a URL`, { lasting: true });
  const url = new URL(text);
  if (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:')
    throw new DriverFault('the URL of a broker begins with mqtt:// or mqtts://', { lasting: true });
  if (url.username || url.password)
    throw new DriverFault('user and password belong into their own settings, not into the URL', {
      lasting: true,
    });
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw new DriverFault('the URL names no broker', { lasting: true });
  return { host, port: Number(url.port) || DEFAULT_PORT[url.protocol], tls: url.protocol === 'mqtts:' };
}

/** Opens the line to the broker; all that comes in goes through the guard. */
export function openStream(address: BrokerAddress, folder: () => string, guard: PacketGuard): Duplex {
  const { host, port } = address;
  if (!address.tls) return new GuardedStream(connectTcp({ host, port, noDelay: true }), guard);
  const pki = readPki(folder());
  const socket = connectTls({ host, port, ...pki, ...(isIP(host) ? {} : { servername: host }) });
  return new GuardedStream(socket, guard);
}

interface Pki {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** `ca.pem`, `client.pem` and `client-key.pem` in the connection's folder; without a CA those of the system are trusted. */
function readPki(folder: string): Pki {
  const ca = readOptional(join(folder, 'ca.pem'));
  const cert = readOptional(join(folder, 'client.pem'));
  const key = readOptional(join(folder, 'client-key.pem'));
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DriverFault(`${path} cannot be read`, { cause: fault, lasting: true });
  }
}

class GuardedStream extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket, guard: PacketGuard) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk) => {
      try {
        if (!this.push(guard.feed(chunk))) socket.pause();
      } catch (fault) {
        this.destroy(fault instanceof Error ? fault : new DriverFault(String(fault)));
      }
    });
    let hasEnded = false;
    const end = () => {
      if (!hasEnded && !this.destroyed) this.push(null);
      hasEnded = true;
    };
    socket.on('end', end);
    socket.on('error', (fault) => this.destroy(fault));
    // What came last says why it ends, so it is read first.
    socket.on('close', () => {
      this.once('end', () => this.destroy());
      if (this.readableEnded) this.destroy();
      else end();
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (fault?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: (fault?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(fault: Error | null, done: (fault?: Error | null) => void): void {
    this.#socket.destroy();
    done(fault);
  }
}
