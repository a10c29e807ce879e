/** Where a metric is; `device` is empty for a metric of the edge node itself. */
export interface MetricAddress {
  readonly group: string;
  readonly node: string;
  readonly device: string;
  readonly metric: string;
}

const RULE =
  'an address is group/node/device/metric name, or group/node//metric name for a metric of the node itself; only the metric name may hold slashes';

/** Ids hold neither slash nor wildcards [tck-id-topic-structure-namespace-valid-group-id], so the first three slashes part the address. */
export function parseMetricAddress(address: string): MetricAddress | string {
  const [group = '', node = '', device, ...rest] = address.split('/');
  const metric = rest.join('/');
  if (group === '' || node === '' || device === undefined || metric === '') return RULE;
  if (/[+#]/.test(`${group}${node}${device}`)) return RULE;
  return { group, node, device, metric };
}

export function formatMetricAddress({ group, node, device, metric }: MetricAddress): string {
  return `${group}/${node}/${device}/${metric}`;
}

export const MESSAGE_KINDS = ['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export interface SparkplugTopic {
  readonly group: string;
  readonly kind: MessageKind;
  readonly node: string;
  /** Empty in messages of the node itself. */
  readonly device: string;
}

/** `spBv1.0/group/kind/node[/device]`; undefined for anything else. [Sparkplug 3.0 ch. 4, Topic Namespace Elements] */
export function parseSparkplugTopic(topic: string): SparkplugTopic | undefined {
  const [namespace, group = '', word = '', node = '', device = '', ...more] = topic.split('/');
  const kind = MESSAGE_KINDS.find((known) => known === word);
  if (namespace !== 'spBv1.0' || !kind || more.length > 0 || group === '' || node === '') return undefined;
  if (kind.startsWith('D') !== (device !== '')) return undefined;
  return { group, kind, node, device };
}

/** Filters of what edge nodes say, and of nothing that hosts say to them. */
export function sparkplugFilters(groups: readonly string[] | undefined): readonly string[] {
  return (groups ?? ['+']).flatMap((group) =>
    MESSAGE_KINDS.map((kind) => `spBv1.0/${group}/${kind}/${kind.startsWith('D') ? '+/+' : '+'}`),
  );
}
