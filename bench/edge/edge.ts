import type { BenchFigure } from '../figure.ts';
import { benchManyTags } from './many-tags.ts';
import { benchLossyLink, benchOutage } from './outage.ts';
import { benchFaults, benchFuzz } from './proofs.ts';
import { benchShipped } from './shipped.ts';

interface EdgeOptions {
  say(line: string): void;
  /** Of measuring (E3) or fuzzing (E6); absent = as long as they need. */
  readonly seconds: number | undefined;
}

/** The figures of the gateway's agent, each by itself. [issue 4 §5] */
const BENCHES: Readonly<Record<string, (options: EdgeOptions) => Promise<BenchFigure[]>>> = {
  E1: ({ say }) => benchOutage(say),
  E2: ({ say }) => benchLossyLink(say),
  E3: ({ say, seconds }) => benchManyTags(say, seconds),
  E4: async () => benchShipped(),
  E5: ({ say }) => benchFaults(say),
  E6: ({ say, seconds }) => benchFuzz(say, seconds),
};
export const EDGE_FIGURES: readonly string[] = Object.keys(BENCHES);

/** Those that are named; none = all. */
export async function benchEdge(figures: readonly string[], options: EdgeOptions): Promise<BenchFigure[]> {
  const made: BenchFigure[] = [];
  for (const [figure, bench] of Object.entries(BENCHES)) {
    if (figures.length === 0 || figures.includes(figure)) made.push(...(await bench(options)));
  }
  return made;
}
