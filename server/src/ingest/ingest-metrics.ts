import type { UploadAnswer } from '@millrace/contract';
import type { Metrics } from '../kernel/index.ts';

export interface IngestMetrics {
  answered(answer: UploadAnswer): void;
  /** Messages of devices, after COMMIT. */
  telemetry(accepted: number, rejected: number): void;
  /** The MQTT door, read when somebody looks: open connections, and messages that are not acknowledged yet. */
  mqttDoor(connections: () => number, underWay: () => number): void;
  /** An upload or message that was refused as a whole, or a client that was not let in. */
  refused(door: 'http' | 'mqtt', code: string): void;
}

export function ingestMetrics(metrics: Metrics, queue: { readonly depth: number }): IngestMetrics {
  const records = metrics.counter('ingest_records_total', 'Machine records by what became of them', [
    'outcome',
  ] as const);
  const refusals = metrics.counter('ingest_refused_total', 'Uploads and messages refused as a whole', [
    'door',
    'code',
  ] as const);
  const telemetry = metrics.counter(
    'ingest_telemetry_total',
    'Messages of mapped devices by what became of them',
    ['outcome'] as const,
  );
  const connections = metrics.gauge('mqtt_connections', 'Open MQTT connections');
  const underWay = metrics.gauge('mqtt_messages_under_way', 'MQTT messages not acknowledged yet');
  const depth = metrics.gauge('ingest_queue_records', 'Machine records received and not yet durable');
  // Read when somebody looks, instead of being moved with every upload.
  Object.assign(depth, { collect: () => depth.set(queue.depth) });
  return {
    answered: ({ accepted, duplicate, conflict, rejected }) => {
      records.inc({ outcome: 'accepted' }, accepted);
      if (duplicate > 0) records.inc({ outcome: 'duplicate' }, duplicate);
      if (conflict > 0) records.inc({ outcome: 'conflict' }, conflict);
      if (rejected > 0) records.inc({ outcome: 'rejected' }, rejected);
    },
    telemetry: (accepted, rejected) => {
      telemetry.inc({ outcome: 'accepted' }, accepted);
      if (rejected > 0) telemetry.inc({ outcome: 'rejected' }, rejected);
    },
    mqttDoor: (open, waiting) => {
      Object.assign(connections, { collect: () => connections.set(open()) });
      Object.assign(underWay, { collect: () => underWay.set(waiting()) });
    },
    refused: (door, code) => refusals.inc({ door, code }),
  };
}
