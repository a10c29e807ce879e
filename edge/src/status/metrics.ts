import type { StatusSource } from './status-source.ts';

type Labels = Readonly<Record<string, string>>;
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly values: readonly (readonly [Labels, number])[];
}

/** Prometheus text exposition format 0.0.4. Tags are counted, not listed: a series per tag is what breaks a Prometheus. */
export function metricsText(source: StatusSource, now: number): string {
  const { buffer, connections, startedAt, rssBytes, configVersion } = source.health();
  const link = source.link();
  const perConnection = (
    pick: (one: (typeof connections)[number]) => number | null | undefined,
  ): Metric['values'] =>
    connections.flatMap((one) => {
      const value = pick(one);
      return value == null ? [] : [[{ connection: one.code, driver: one.driver }, value] as const];
    });
  const one = (value: number): Metric['values'] => [[{}, value]];
  const metrics: readonly Metric[] = [
    gauge('uptime_seconds', 'Since the agent started.', one(Math.max(now - startedAt, 0) / 1_000)),
    gauge('resident_bytes', 'Memory of the agent.', one(rssBytes)),
    gauge('platform_up', '1 while the platform answers.', one(link?.state === 'online' ? 1 : 0)),
    gauge('config_version', 'Version that runs; 0 = a file or none.', one(configVersion ?? 0)),
    gauge('config_faults', 'Faults of the newest configuration.', one(source.config().faults.length)),
    gauge('buffer_records', 'Records that the platform has not acknowledged.', one(buffer.waiting)),
    gauge('buffer_bytes', 'Disk the buffer takes.', one(buffer.bytes)),
    gauge('buffer_quota_bytes', 'Disk it may take.', one(buffer.quotaBytes)),
    gauge(
      'buffer_oldest_seconds',
      'Age of the oldest record that waits.',
      one(buffer.oldestAt === null ? 0 : Math.max(now - buffer.oldestAt, 0) / 1_000),
    ),
    counter('records_dropped_total', 'Lost: no room, or damaged.', one(buffer.dropped)),
    gauge('records_quarantined', 'Refused by the platform and not sent again.', one(buffer.quarantined)),
    gauge('commands_untold', 'Outcomes the platform has not heard.', one(source.untoldCommands())),
    gauge(
      'connection_up',
      '1 while connected.',
      perConnection(({ state }) => (state === 'connected' ? 1 : 0)),
    ),
    gauge(
      'connection_latency_seconds',
      'Of the last request.',
      perConnection(({ latencyMs }) => (latencyMs === null ? null : latencyMs / 1_000)),
    ),
    gauge(
      'connection_tags',
      'Tags of the connection.',
      perConnection(({ tags }) => tags),
    ),
    gauge(
      'connection_tags_bad',
      'Those without a good value.',
      perConnection(({ tagsBad }) => tagsBad),
    ),
    gauge(
      'connection_samples_per_minute',
      'Values of the last minute.',
      perConnection(({ samplesPerMin }) => samplesPerMin),
    ),
    counter(
      'connection_reconnects_total',
      'Times it was opened again.',
      perConnection(({ reconnects }) => reconnects),
    ),
    counter(
      'connection_polls_skipped_total',
      'Polls left out because the far side was slow.',
      perConnection(({ skippedPolls }) => skippedPolls),
    ),
    counter(
      'connection_restarts_total',
      'Restarts of its worker.',
      perConnection(({ restarts }) => restarts),
    ),
  ];
  return metrics.map(textOf).join('');
}

const gauge = (name: string, help: string, values: Metric['values']): Metric => ({
  name,
  help,
  type: 'gauge',
  values,
});
const counter = (name: string, help: string, values: Metric['values']): Metric => ({
  name,
  help,
  type: 'counter',
  values,
});

function textOf({ name, help, type, values }: Metric): string {
  if (values.length === 0) return '';
  const full = `millrace_edge_${name}`;
  const lines = values.map(([labels, value]) => `${full}${labelText(labels)} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapedLabel(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

const escapedLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
