import type { EdgeMachine, EdgeTag } from '@millrace/contract';
import type { CommandTarget, CurrentTag, Holds } from './command/index.ts';
import { DriverFault } from './driver/index.ts';
import { compileExpression, type ExpressionValue } from './expression/index.ts';
import type { DriverHost } from './host/index.ts';
import { readTag } from './machine/index.ts';

/** The machines as commands see them: every value is read from the far side at that moment. */
export function commandTarget(host: DriverHost, machines: () => readonly EdgeMachine[]): CommandTarget {
  return {
    machines,
    isConnected: (code) => host.health().some((one) => one.code === code && one.state === 'connected'),
    readNow: async (machine, names) => {
      const wanted = machine.tags.filter(({ name }) => names.includes(name));
      const values = new Map<string, CurrentTag>();
      for (const [connection, tags] of Map.groupBy(wanted, (tag) => tag.connection)) {
        for (const [name, value] of await readTags(host, connection, tags)) values.set(name, value);
      }
      return values;
    },
    write: (connection, tag, value) => host.write(connection, tag, value),
    call: (connection, address, value) => host.call(connection, address, value),
  };
}

async function readTags(
  host: DriverHost,
  connection: string,
  tags: readonly EdgeTag[],
): Promise<readonly (readonly [string, CurrentTag])[]> {
  try {
    const read = await host.read(connection, tags);
    return tags.flatMap((tag, index) => {
      const sample = read[index];
      if (sample === undefined) return [];
      const { value, quality, at, error } = sample;
      const reading = readTag(tag, { value, quality, at: at ?? 0, ...(error === null ? {} : { error }) });
      return [[tag.name, reading] as const];
    });
  } catch (cause) {
    // Not good is what an unreadable value is; the interlock that needs it names itself.
    if (cause instanceof DriverFault) return [];
    throw cause;
  }
}

export const expressionHolds: Holds = (expression, tags, values) => {
  const compiled = compileExpression(expression, tags);
  if ('fault' in compiled) return undefined;
  const known: Record<string, ExpressionValue> = {};
  for (const [name, { value }] of values) if (value !== null) known[name] = value;
  return compiled.expression.evaluate(known);
};

export function tagsOfExpression(expression: string, machine: EdgeMachine): readonly string[] {
  const compiled = compileExpression(expression, machine.tags);
  return 'expression' in compiled ? [...compiled.expression.tags] : [];
}
