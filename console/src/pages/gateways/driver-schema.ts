import { DRIVER_SETTINGS } from '@millrace/contract';
import type { DraftConnection } from './draft.ts';

type Connection = Pick<DraftConnection, 'driver' | 'settings'>;
/** What the form needs of the JSON schema of one setting. */
export type Shape = Readonly<{
  type?: string;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  items?: Shape;
}>;

/** The settings of a driver; of one that is not ours nothing is known. */
export function schemaOf(driver: string): {
  properties: Record<string, Shape>;
  required: readonly string[];
} {
  const found = Object.entries(DRIVER_SETTINGS).find(([name]) => name === driver)?.[1];
  // TypeBox schemas are JSON schemas; only their properties and required names are looked at.
  const { properties = {}, required = [] } = (found ?? {}) as {
    properties?: Record<string, Shape>;
    required?: readonly string[];
  };
  return { properties, required };
}

/** Keys of the words for what has to be entered before anybody could try to connect. */
export function missingSettings({ driver, settings }: Connection): readonly string[] {
  const missing = schemaOf(driver).required.filter((name) => isOpen(settings[name]));
  return [...missing.map((name) => `setting.${name}`), ...missingOfUser(settings.user)];
}

/** Nothing entered, or no more than how an address begins. */
function isOpen(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isOpen);
  return value === undefined || (typeof value === 'string' && /^([a-z][a-z.+]*:\/\/)?$/.test(value.trim()));
}

/** A user is chosen as a whole: each of its texts is needed. */
function missingOfUser(user: unknown): readonly string[] {
  if (typeof user !== 'object' || user === null) return [];
  const { kind, ...texts } = user as Readonly<Record<string, unknown>>;
  return Object.keys(texts)
    .filter((name) => isOpen(texts[name]))
    .map((name) => `onboarding.user-${String(kind)}-${name}`);
}
