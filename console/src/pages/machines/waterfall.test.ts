import type { MachineDay } from '@millrace/contract';
import { describe, expect, it } from 'vitest';
import { waterfallOf } from './waterfall.ts';

const kpi = (value: number | null) => ({ value, formula: '', inputs: {} });
const day = (effectiveness: number | null): MachineDay => ({
  machineId: '',
  day: '2026-01-05',
  zone: 'UTC',
  from: 0,
  to: 86_400_000,
  timeline: [],
  shifts: [],
  hours: [],
  count: 0,
  scrap: 0,
  restarts: 0,
  time: {
    potMin: 960,
    pbtMin: 900,
    aptMin: 600,
    austMin: 60,
    adetMin: 140,
    adotMin: 80,
    apmtMin: 60,
    unrecordedMin: 20,
    outsidePotMin: 0,
  },
  oee: {
    availability: kpi(600 / 900),
    effectiveness: kpi(effectiveness),
    quality: kpi(0.99),
    oee: kpi(null),
    nee: kpi(null),
  },
  source: { records: 0, href: '' },
});

describe('the OEE waterfall', () => {
  it('loses nothing on the way: every loss ends where the next total begins', () => {
    const steps = waterfallOf(day(0.9));
    steps.forEach((step, index) => {
      const next = steps[index + 1];
      if (step.kind === 'loss' && next?.kind === 'total') expect(step.to).toBeCloseTo(next.to, 6);
    });
    expect(steps.at(-1)?.to).toBeCloseTo(600 * 0.9 * 0.99, 6);
  });

  it('stops at the production time when nothing can be said about speed', () => {
    expect(waterfallOf(day(null)).at(-1)?.name).toBe('apt');
  });
});
