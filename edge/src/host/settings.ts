import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { DriverKind } from '../driver/index.ts';

/** The first thing that is wrong with the settings, by the driver's own schema. */
export function settingsFault(kind: DriverKind, settings: unknown): string | undefined {
  // The interface takes any JSON schema, which is what TypeBox compiles.
  const schema = Compile(kind.settings as unknown as TSchema);
  if (schema.Check(settings)) return undefined;
  const [first] = schema.Errors(settings);
  return `the settings do not fit the driver at ${first?.instancePath || '/'}: ${first?.message ?? 'wrong value'}`;
}
