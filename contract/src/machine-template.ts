import { type Static, Type } from 'typebox';
import { EdgeConnection, EdgeMachine, EdgeTag } from './edge-config.ts';
import { Name } from './primitives.ts';

const closed = { additionalProperties: false } as const;
/** The same text in both languages of the console. */
const BothLanguages = Type.Object({ en: Name, 'zh-CN': Name }, closed);

const { connection: _named, address, ...tag } = EdgeTag.properties;
/** A tag on the template's only connection; without an address it is chosen when the machine is set up. */
const TemplateTag = Type.Object(
  { ...tag, address: Type.Optional(address), hint: Type.Optional(BothLanguages) },
  closed,
);

const { count, state, energy, signals, rules } = EdgeMachine.properties;
/** How machines of one kind are connected and read: a file, shipped or exported from a machine that works. */
export const MachineTemplate = Type.Object(
  {
    v: Type.Literal(1),
    template: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 }),
    name: BothLanguages,
    text: BothLanguages,
    connection: Type.Object(
      { driver: EdgeConnection.properties.driver, settings: EdgeConnection.properties.settings },
      closed,
    ),
    /** Settings that are different at every machine: asked for first. */
    ask: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 32 }),
    /** Commands are left out: what may be written to a machine is decided at each machine. */
    machine: Type.Object(
      { tags: Type.Array(TemplateTag, { minItems: 1, maxItems: 500 }), count, state, energy, signals, rules },
      closed,
    ),
  },
  closed,
);
export type MachineTemplate = Static<typeof MachineTemplate>;
