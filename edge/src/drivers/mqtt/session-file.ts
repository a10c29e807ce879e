import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { DriverFault } from '../../driver/index.ts';

/** Twice what any usual broker leaves unacknowledged in one session. */
export const REMEMBERED_MAX = 512;

const SessionState = Type.Object({
  clientId: Type.String({ minLength: 1, maxLength: 64 }),
  /** Filters that the broker may still hold for this session. */
  filters: Type.Array(Type.String(), { maxItems: 1_024 }),
  /** The last messages that were handed on: digest, and packet id or 0. */
  handled: Type.Array(Type.Tuple([Type.String({ maxLength: 64 }), Type.Integer()]), {
    maxItems: REMEMBERED_MAX,
  }),
});
/** What is kept; the schema above bounds it. */
export interface SessionState {
  readonly clientId: string;
  readonly filters: readonly string[];
  readonly handled: readonly (readonly [string, number])[];
}

/** What must outlive one connection so that the broker knows the agent again and nothing counts twice. */
export class SessionFile {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, 'session.json');
  }

  /** A file that is absent, torn or foreign is a new session: at worst the broker keeps an old one until it expires. */
  read(): SessionState {
    try {
      const state: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      if (Value.Check(SessionState, state)) return state;
    } catch (fault) {
      const expected = fault instanceof SyntaxError || (fault as NodeJS.ErrnoException).code === 'ENOENT';
      if (!expected) throw new DriverFault(`${this.#path} cannot be read`, { cause: fault });
    }
    // MQTT 3.1.1 brokers need not take more than 23 letters and digits. [MQTT-3.1.3-5]
    return { clientId: `mr${randomBytes(7).toString('hex')}`, filters: [], handled: [] };
  }

  write(state: SessionState): void {
    const part = `${this.#path}.part`;
    try {
      writeFileSync(part, JSON.stringify(state));
      renameSync(part, this.#path);
    } catch (fault) {
      throw new DriverFault(`${this.#path} cannot be written`, { cause: fault });
    }
  }
}
