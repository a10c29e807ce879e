import { join } from 'node:path';
import type { EdgeConfig, EdgeConnection, EdgeMachine } from '@millrace/contract';
import { machinesByProtocol } from './edge-plan.ts';
import { FAR_SIDES, type FarSide, type Protocol, type Reading } from './far-side/index.ts';
import type { SimFactory } from './network.ts';

interface Hall {
  readonly machines: readonly string[];
  /** Absent while its controllers have no power. */
  side: FarSide | undefined;
  /** As the gateway was told of it. */
  connection: EdgeConnection | undefined;
}

/** Everything that speaks to the gateway of a factory. */
export class Controllers {
  readonly #halls: ReadonlyMap<Protocol, Hall>;
  readonly #folder: string;
  readonly #zone: string;
  /** How the machines are, also those whose controllers have no power. */
  readonly #newest = new Map<string, Reading>();

  private constructor(halls: ReadonlyMap<Protocol, Hall>, folder: string, zone: string) {
    this.#halls = halls;
    this.#folder = folder;
    this.#zone = zone;
  }

  /** `folder` is theirs alone: they keep certificates and addresses in it. */
  static async open(factory: SimFactory, folder: string): Promise<Controllers> {
    const plan = [...machinesByProtocol(factory)];
    const halls = new Map(
      plan.map(([protocol, machines]): [Protocol, Hall] => [
        protocol,
        { machines, side: undefined, connection: undefined },
      ]),
    );
    const controllers = new Controllers(halls, folder, factory.zone);
    for (const protocol of halls.keys()) await controllers.switchOn(protocol);
    return controllers;
  }

  get protocols(): readonly Protocol[] {
    return [...this.#halls.keys()];
  }

  get machines(): ReadonlySet<string> {
    return new Set([...this.#halls.values()].flatMap(({ machines }) => machines));
  }

  /** How a gateway reads them. */
  config(): EdgeConfig {
    return {
      v: 1,
      connections: this.#sides().map(({ connection }) => connection),
      machines: [...this.machines].map((machine) => this.#machine(machine)),
    };
  }

  show(machine: string, reading: Reading): void {
    this.#newest.set(machine, reading);
    for (const side of this.#sides(machine)) side.show(machine, reading);
  }

  /** The controllers of a protocol lose their power; the machines go on. */
  async switchOff(protocol: Protocol): Promise<void> {
    const hall = this.#halls.get(protocol);
    const side = hall?.side;
    if (hall === undefined || side === undefined) return;
    hall.side = undefined;
    await side.close();
  }

  /**
   * At the old address, if nobody else has taken it meanwhile. Nobody reads zeros from it, for it is brought up to date in the
   * turn in which it begins to listen: a gateway would take them for a counter that began anew.
   */
  async switchOn(protocol: Protocol): Promise<void> {
    const hall = this.#halls.get(protocol);
    if (hall === undefined || hall.side !== undefined) return;
    hall.side = await FAR_SIDES[protocol](hall.machines, join(this.#folder, protocol), hall.connection);
    hall.connection = hall.side.connection;
    for (const machine of hall.machines) {
      const reading = this.#newest.get(machine);
      if (reading !== undefined) hall.side.show(machine, reading);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.protocols.map((protocol) => this.switchOff(protocol)));
  }

  #sides(machine?: string): readonly FarSide[] {
    return [...this.#halls.values()].flatMap(({ machines, side }) =>
      side !== undefined && (machine === undefined || machines.includes(machine)) ? side : [],
    );
  }

  /** What one side does not tell of a machine another may. */
  #machine(machine: string): EdgeMachine {
    const mappings = this.#sides(machine).map((side) => side.mapping(machine));
    const tags = mappings.flatMap((mapping) => mapping.tags);
    return { machine, timeZone: this.#zone, ...Object.assign({}, ...mappings.toReversed()), tags };
  }
}
