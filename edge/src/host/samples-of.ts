import { TAG_QUALITIES, type TagValue } from '@millrace/contract';
import type { Sample } from '../driver/index.ts';
import type { SampleBatch } from './message.ts';

/** The samples of a batch, one object each. */
export function samplesOf(batch: SampleBatch): Sample[] {
  const samples: Sample[] = new Array(batch.tags.length);
  for (let i = 0; i < samples.length; i++) {
    const error = batch.errors.get(i);
    const historyAt = batch.historyAt.get(i);
    const sample: Sample = {
      tag: batch.tags[i] as number,
      value: batch.values[i] as TagValue,
      quality: TAG_QUALITIES[batch.qualities[i] as number] ?? 'bad',
      at: batch.at[i] as number,
    };
    if (error === undefined && historyAt === undefined) samples[i] = sample;
    else
      samples[i] = {
        ...sample,
        ...(error === undefined ? {} : { error }),
        ...(historyAt === undefined ? {} : { historyAt }),
      };
  }
  return samples;
}
