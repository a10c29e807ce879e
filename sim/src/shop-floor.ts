import type { MachineRecord, MachineWork } from '@millrace/contract';
import type { Client } from './client.ts';
import type { DutySpan } from './fixture.ts';
import type { GatewayLink } from './gateway-link.ts';
import { MachineModel, type Minute, type Work } from './machine-model.ts';
import type { SimFactory } from './network.ts';
import type { Random } from './random.ts';
import { isOnShift, localTime } from './shift.ts';

const MINUTE_MS = 60_000;
/** One upload of a fast clock holds at most this much of the past; the rest follows with the next. */
const CATCH_UP_MINUTES = 240;

/** All machines of one site behind one gateway. */
export class ShopFloor {
  readonly factory: SimFactory;
  private readonly link: GatewayLink;
  private readonly models: MachineModel[];
  private work = new Map<string, Work[]>();
  private nextMinute: number;
  /** A machine with a way of its own to report, and what it did last. */
  private readonly apart: { readonly code: string; minute?: Minute } | undefined;

  constructor(
    factory: SimFactory,
    link: GatewayLink,
    random: Random,
    duty: readonly DutySpan[],
    from: number,
    apart?: string,
  ) {
    this.apart = apart === undefined ? undefined : { code: apart };
    this.factory = factory;
    this.link = link;
    this.nextMinute = Math.ceil(from / MINUTE_MS) * MINUTE_MS;
    this.models = factory.workCenters.flatMap((center) =>
      center.machines.map((machine) => new MachineModel(machine, random.fork(machine.code), duty)),
    );
  }

  /** The platform's list, in plan order. */
  assign(rows: readonly MachineWork[]): void {
    this.work = new Map();
    const operations = new Set(rows.map((row) => row.operationId));
    for (const row of rows) {
      const list = this.work.get(row.machineCode) ?? [];
      list.push(row);
      this.work.set(row.machineCode, list);
    }
    for (const model of this.models) {
      for (const row of rows)
        if (row.machineCode === model.machine.code) model.adopt(row.operationId, row.goodQuantity);
      model.forgetAllBut(operations);
    }
  }

  /** Plays every whole minute up to `now` and sends it; `own` is work of the factory itself, before it had any from the network. */
  play(now: number, own?: (machineCode: string) => readonly Work[]): void {
    const last = Math.min(
      Math.floor(now / MINUTE_MS) * MINUTE_MS,
      this.nextMinute + CATCH_UP_MINUTES * MINUTE_MS,
    );
    const records: MachineRecord[] = [];
    for (let minute = this.nextMinute; minute < last; minute += MINUTE_MS) {
      const local = localTime(minute, this.factory.zone);
      const onShift = isOnShift(this.factory.calendar, local);
      for (const model of this.models) {
        const code = model.machine.code;
        const work = own?.(code) ?? this.work.get(code) ?? [];
        const done = model.tick(minute, local.day, onShift, work);
        if (this.apart?.code === code) this.apart.minute = done;
        else records.push({ machine: code, minute, ...done });
      }
    }
    this.nextMinute = Math.max(this.nextMinute, last);
    if (records.length > 0) this.link.send(records);
  }

  /** The machines stand until then. */
  skipTo(instant: number): void {
    this.nextMinute = Math.max(this.nextMinute, Math.ceil(instant / MINUTE_MS) * MINUTE_MS);
  }

  /** Instant up to which everything was played. */
  get playedTo(): number {
    return this.nextMinute;
  }

  owns(machineCode: string): boolean {
    return this.models.some((model) => model.machine.code === machineCode);
  }

  /** The newest minute of a machine that does not report through the gateway. */
  lastOf(machineCode: string): Minute | undefined {
    return this.apart?.code === machineCode ? this.apart.minute : undefined;
  }

  close(): Promise<void> {
    return this.link.close();
  }

  drain(): Promise<void> {
    return this.link.drain();
  }

  /** Work that kept the machines busy before the network: about six hours of every ten. */
  ownWork(random: Random): (machineCode: string) => readonly Work[] {
    const orders = new Map(
      this.models.map(({ machine }) => {
        const busy = random.fork(machine.code).chance(0.7);
        return [machine.code, busy ? [ownOrder(machine.code, random)] : []];
      }),
    );
    return (code) => orders.get(code) ?? [];
  }
}

function ownOrder(code: string, random: Random): Work {
  return {
    operationId: `own-${code}`,
    itemId: 'own',
    quantity: 1_000_000,
    ratePerHour: random.between(200, 700),
    setUpMinutes: random.integer(15, 45),
    plannedStart: 0,
  };
}

/** Polls the network's work list and hands each site its part. */
export async function refreshWork(client: Client, floors: readonly ShopFloor[]): Promise<void> {
  const { rows } = await client.get<{ rows: MachineWork[] }>('/machine-work');
  const bySite = new Map<string, MachineWork[]>();
  for (const row of rows) {
    // Machine codes begin with the factory's code.
    const factory = row.machineCode.split('-', 1)[0] ?? '';
    const list = bySite.get(factory) ?? [];
    list.push(row);
    bySite.set(factory, list);
  }
  for (const floor of floors) floor.assign(bySite.get(floor.factory.code) ?? []);
}
