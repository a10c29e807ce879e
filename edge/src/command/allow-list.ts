import { join } from 'node:path';
import { type EdgeCommand, Expression } from '@millrace/contract';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { readSmallFile } from '../identity/index.ts';

const FILE = 'allow.yaml';
/** Some thousand lines; read anew for every command, so that taking a right away works at once. */
const FILE_BYTES_MAX = 262_144;

const closed = { additionalProperties: false } as const;
const Pattern = Type.String({ minLength: 1, maxLength: 1_024 });
const AllowLine = Type.Object(
  {
    machine: Pattern,
    commands: Type.Array(Pattern, { maxItems: 1_000 }),
    /** Absent = whatever address the configuration says. */
    addresses: Type.Optional(Type.Array(Pattern, { minItems: 1, maxItems: 100 })),
    /** Of what is written: no scale that the platform configures makes it more. */
    minimum: Type.Optional(Type.Number()),
    maximum: Type.Optional(Type.Number()),
    /** Beside those of the configuration. */
    interlocks: Type.Optional(
      Type.Array(Type.Object({ name: Type.String({ maxLength: 100 }), when: Expression }, closed), {
        maxItems: 8,
      }),
    ),
  },
  closed,
);
const AllowFile = Type.Object({ allow: Type.Array(AllowLine, { maxItems: 1_000 }) }, closed);

/** What the box lets be written, raw. */
export interface RawBounds {
  readonly minimum?: number;
  readonly maximum?: number;
}
/** The command with what the box demands beside the configuration, or why the box does not take it. */
export type AllowedHere =
  | { readonly command: EdgeCommand; readonly bounds: RawBounds; readonly forbidden: undefined }
  | { readonly command: undefined; readonly forbidden: string };

/**
 * Only who has the box in his hands writes the file: whatever the platform is told to do, and whatever it makes of a command
 * by configuring it anew, it stops here. The first line that names machine and command counts.
 */
export async function allowedHere(
  folder: string,
  machine: string,
  command: EdgeCommand,
): Promise<AllowedHere> {
  const no = (forbidden: string): AllowedHere => ({ command: undefined, forbidden });
  const path = join(folder, FILE);
  try {
    const text = await readSmallFile(path, FILE_BYTES_MAX);
    if (text === undefined) return no(`there is no ${FILE} on the gateway: nothing is allowed`);
    const list: unknown = parse(text, { maxAliasCount: 0 });
    if (!Compile(AllowFile).Check(list))
      return no(`${FILE} on the gateway is not of its form: nothing is allowed`);
    const line = list.allow.find(
      (one) => fits(one.machine, machine) && one.commands.some((pattern) => fits(pattern, command.code)),
    );
    if (line === undefined) return no(`${FILE} on the gateway does not name ${command.code} of ${machine}`);
    if (line.addresses?.some((pattern) => fits(pattern, command.address)) === false) {
      return no(
        `${FILE} on the gateway allows ${command.code} at another address, not at ${command.address}`,
      );
    }
    const { minimum, maximum, interlocks = [] } = line;
    const bounds = {
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
    };
    const guarded = { ...command, interlocks: [...command.interlocks, ...interlocks] };
    return { command: guarded, bounds, forbidden: undefined };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return no(`${FILE} on the gateway cannot be read, so nothing is allowed: ${why}`);
  }
}

/** `*` stands for any run of characters; everything else for itself. Linear in both, unlike a regular expression from a file. */
function fits(pattern: string, name: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = parts.pop() ?? '';
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
