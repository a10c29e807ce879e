import { expect, test } from 'vitest';
import { checkSnapshot } from './check-snapshot.ts';
import { sampleSnapshot } from './sample/sample-network.ts';
import type { LineSnapshot, Snapshot } from './snapshot.ts';

const SIZE = {
  sites: 3,
  groupsPerSite: 2,
  machinesPerGroup: 2,
  items: 3,
  routesPerItem: 2,
  lines: 5,
  days: 10,
};
const SOUND = sampleSnapshot({ ...SIZE, seed: 1, load: 0.5, troubles: 0 });

function withLine(change: Partial<LineSnapshot>): Snapshot {
  const [first, ...rest] = SOUND.lines;
  return { ...SOUND, lines: [{ ...(first as LineSnapshot), ...change }, ...rest] };
}

function withCapability(change: object): Snapshot {
  const [first, ...rest] = SOUND.capabilities;
  return { ...SOUND, capabilities: [{ ...(first as Snapshot['capabilities'][number]), ...change }, ...rest] };
}

test('a sound snapshot has no contradiction, and one without lines, machines or sites neither', () => {
  expect(checkSnapshot(SOUND)).toEqual([]);
  expect(checkSnapshot({ ...SOUND, lines: [] })).toEqual([]);
  expect(checkSnapshot({ ...SOUND, lines: [], machines: [], sites: [], capabilities: [] })).toEqual([]);
});

test('each contradiction is named', () => {
  const sites = SOUND.sites.map(({ id }) => id);
  const [a, b] = sites as [string, string];
  const elsewhere = SOUND.machines.find(({ siteId }) => siteId !== SOUND.capabilities[0]?.siteId)?.id;
  const nobody = Object.fromEntries(Object.keys(SOUND.calendars).map((id) => [id, []]));
  const cases: readonly (readonly [Snapshot, RegExp])[] = [
    [{ ...SOUND, horizonEndMs: SOUND.nowMs }, /horizon ends before it begins/],
    [{ ...SOUND, fenceMs: SOUND.horizonEndMs }, /fence lies behind the horizon/],
    [{ ...SOUND, nowMs: Number.NaN }, /nowMs: NaN is no instant/],
    [{ ...SOUND, calendars: nobody }, /no machine works within the horizon: calendar .* is empty/],
    [{ ...SOUND, weights: { ...SOUND.weights, costPerMinor: -1 } }, /weight/],
    [withLine({ quantity: 1e12 }), /quantity 1000000000000/],
    [withLine({ quantity: 1.5 }), /quantity 1.5/],
    [withLine({ dueMs: Number.POSITIVE_INFINITY }), /due date Infinity is no instant/],
    [withLine({ dueMs: SOUND.nowMs * 1_000 }), /due date .* is no instant/],
    [withLine({ earliestMs: -1 }), /earliest start -1/],
    [withLine({ priority: 7 as 0 }), /priority 7/],
    [withLine({ maxSites: 0 }), /at most 0 sites/],
    [withLine({ minShipment: -1 }), /minimum shipment -1/],
    [withLine({ locks: [{ kind: 'site' }] }), /a site lock without a site/],
    [withLine({ locks: [{ kind: 'quantity', siteId: a }] }), /quantity lock without quantity/],
    [withLine({ locks: [{ kind: 'date' }] }), /date lock without date/],
    [
      withLine({
        quantity: 10,
        locks: [
          { kind: 'quantity', siteId: a, quantity: 6 },
          { kind: 'quantity', siteId: b, quantity: 6 },
        ],
      }),
      /2 locks on together 12 of 10 pieces/,
    ],
    [
      withLine({
        quantity: 10,
        locks: [
          { kind: 'quantity', siteId: a, quantity: 10 },
          { kind: 'site', siteId: b },
        ],
      }),
      new RegExp(`all pieces locked to ${a}, and the line to ${b}`),
    ],
    [
      withLine({ earliestMs: SOUND.nowMs + 2, locks: [{ kind: 'date', dateMs: SOUND.nowMs + 1 }] }),
      /locked to a date before its earliest start/,
    ],
    [withCapability({ minLot: 0 }), /minimum lot 0/],
    [withCapability({ unitCostMinor: Number.NaN }), /unit cost NaN/],
    [withCapability({ steps: [] }), /no steps/],
    [
      withCapability({ steps: [{ machineIds: [elsewhere], setUpMs: 0, msPerPiece: 1 }] }),
      /machine .* stands at/,
    ],
    [
      withCapability({ steps: [{ machineIds: ['ghost'], setUpMs: 0, msPerPiece: 1 }] }),
      /unknown machine ghost/,
    ],
    [withCapability({ steps: [{ machineIds: [], setUpMs: 0, msPerPiece: 0 }] }), /a step without machines/],
  ];
  for (const [snapshot, message] of cases) expect(checkSnapshot(snapshot).join('\n')).toMatch(message);
});

test('of very many problems only the first hundred are told', () => {
  const lines = Array.from({ length: 500 }, (_, i) => ({
    ...(SOUND.lines[0] as LineSnapshot),
    id: `l${i}`,
    quantity: 0,
  }));
  expect(checkSnapshot({ ...SOUND, lines })).toHaveLength(100);
});
