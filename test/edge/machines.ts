import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import modbus from 'jsmodbus';

/** What the simulated machines of one factory are told at their start. */
export interface MachinesPlan {
  /** Machines with a 16-bit counter in a holding register: machine `n` in register `n`. */
  readonly counters: number;
  /** Machines with a contact that closes for each piece: machine `n` is line `n - counters`. */
  readonly pulses: number;
  /** Where the contacts write their edges. */
  readonly pulseFile: string;
  /** Domain clock: at `wallMs` it was `domainMs`. */
  readonly domainMs: number;
  readonly wallMs: number;
  readonly speed: number;
  /** East of UTC; midnight of the factory. */
  readonly zoneMs: number;
}
export type MachinesOrder = 'work' | 'quiet' | 'rest' | 'truth';
/** Pieces that each machine made, by local day (days since 1970). */
export type Truth = readonly Readonly<Record<number, number>>[];

const DAY_MS = 86_400_000;
/** Nobody works around midnight, so that a piece that is read a moment late is no piece of another day. */
const REST_MS = 15 * 60_000;
const TURN_MS = 20;
/** Some hundred pieces before the counter wraps. */
const COUNTER_FROM = 65_000;

/** A shop floor as a process of its own: Modbus server and pulse file, and the truth about both. Orders come by IPC. */
function openMachines(plan: MachinesPlan): void {
  const { counters, pulses } = plan;
  const registers = Buffer.alloc(Math.max(2, counters * 2));
  const edges = openSync(plan.pulseFile, 'a');
  const machines = Array.from({ length: counters + pulses }, (_, number) => ({
    number,
    periodMs: 6_000 + (number % 7) * 3_000,
    workedMs: 0,
    made: 0,
    days: {} as Record<number, number>,
  }));
  const show = (number: number, made: number): void =>
    void registers.writeUInt16BE((COUNTER_FROM + made) % 65_536, number * 2);
  for (let number = 0; number < counters; number++) show(number, 0);
  let order: MachinesOrder = 'rest';
  let before = domainNow(plan);
  const turn = (): void => {
    const now = domainNow(plan);
    const passed = now - before;
    before = now;
    const ofDay = (now + plan.zoneMs) % DAY_MS;
    if (order === 'rest' || ofDay < REST_MS || ofDay > DAY_MS - REST_MS) return;
    let said = '';
    for (const machine of machines) {
      if (machine.number >= counters && order === 'quiet') continue;
      machine.workedMs += passed;
      const pieces = Math.floor(machine.workedMs / machine.periodMs) - machine.made;
      if (pieces === 0) continue;
      machine.made += pieces;
      const day = Math.floor((now + plan.zoneMs) / DAY_MS);
      machine.days[day] = (machine.days[day] ?? 0) + pieces;
      if (machine.number < counters) show(machine.number, machine.made);
      else said += `${machine.number - counters} 1\n${machine.number - counters} 0\n`.repeat(pieces);
    }
    if (said !== '') writeSync(edges, said);
  };
  setInterval(turn, TURN_MS);
  const server = createServer();
  // A killed agent resets its connection.
  server.on('connection', (socket) => socket.on('error', () => socket.destroy()));
  new modbus.server.TCP(server, { holding: registers });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
  });
  process.on('message', (asked: MachinesOrder) => {
    if (asked === 'truth') process.send?.({ truth: machines.map(({ days }) => days) });
    else order = asked;
    // Every contact says how it stands: whoever has read that has read all before.
    if (asked === 'quiet' || asked === 'rest') {
      for (let line = 0; line < pulses; line++) writeSync(edges, `${line} 0\n`);
    }
  });
  // Nobody is left who wants machines.
  process.on('disconnect', () => process.exit(0));
}

const domainNow = ({ domainMs, wallMs, speed }: MachinesPlan): number =>
  domainMs + (Date.now() - wallMs) * speed;

openMachines(JSON.parse(process.argv[2] ?? '{}') as MachinesPlan);
