import type { UploadAnswer } from '@millrace/contract';
import type { Metrics } from '../kernel/index.ts';

export interface IngestMetrics {
  answered(answer: UploadAnswer): void;
  /** An upload or message that was refused as a whole. */
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
    refused: (door, code) => refusals.inc({ door, code }),
  };
}
