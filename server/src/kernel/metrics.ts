import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The kernel's own figures; a module adds its own to `registry`. */
export interface Metrics {
  readonly registry: Registry;
  readonly eventsHandled: Counter<'subscriber'>;
  readonly eventsDead: Counter<'subscriber'>;
  readonly tickSeconds: Histogram<'ticker'>;
  readonly tickFailures: Counter<'ticker'>;
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'millrace_' });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labels: readonly L[] = []): Counter<L> =>
    new Counter({ name: `millrace_${name}`, help, labelNames: [...labels], registers });
  const gauge = <L extends string>(name: string, help: string, labels: readonly L[] = []): Gauge<L> =>
    new Gauge({ name: `millrace_${name}`, help, labelNames: [...labels], registers });
  return {
    registry,
    counter,
    gauge,
    eventsHandled: counter('events_handled_total', 'Events digested', ['subscriber']),
    eventsDead: counter('events_dead_total', 'Events set aside after the last retry', ['subscriber']),
    tickFailures: counter('ticker_failures_total', 'Failed periodic tasks', ['ticker']),
    tickSeconds: new Histogram({
      name: 'millrace_ticker_seconds',
      help: 'Duration of periodic tasks',
      labelNames: ['ticker'],
      registers,
    }),
  };
}
