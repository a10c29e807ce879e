import { join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { readSmallFile } from '../identity/index.ts';

const FILE = 'allow.yaml';
/** Some thousand lines; read anew for every command, so that taking a right away works at once. */
const FILE_BYTES_MAX = 262_144;

const Pattern = Type.String({ minLength: 1, maxLength: 64 });
const AllowFile = Type.Object(
  {
    allow: Type.Array(
      Type.Object(
        { machine: Pattern, commands: Type.Array(Pattern, { maxItems: 1_000 }) },
        { additionalProperties: false },
      ),
      { maxItems: 1_000 },
    ),
  },
  { additionalProperties: false },
);

/**
 * May this command be given to this machine, as far as this box is concerned? Undefined = yes, else why not. Only who has
 * the box in his hands writes the file: whatever the platform is told to do, it stops here.
 */
export async function forbiddenHere(
  folder: string,
  machine: string,
  command: string,
): Promise<string | undefined> {
  const path = join(folder, FILE);
  try {
    const text = await readSmallFile(path, FILE_BYTES_MAX);
    if (text === undefined) return `there is no ${FILE} on the gateway: nothing is allowed`;
    const list: unknown = parse(text, { maxAliasCount: 0 });
    if (!Compile(AllowFile).Check(list))
      return `${FILE} on the gateway is not of its form: nothing is allowed`;
    const allowed = list.allow.some(
      (line) => fits(line.machine, machine) && line.commands.some((pattern) => fits(pattern, command)),
    );
    return allowed ? undefined : `${FILE} on the gateway does not name ${command} of ${machine}`;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return `${FILE} on the gateway cannot be read, so nothing is allowed: ${why}`;
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
