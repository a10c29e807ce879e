import type { TagQuality, TagValue } from '@millrace/contract';
import type { TagAddress } from '../../driver/index.ts';

/** A message as the forms see it. */
export interface FormMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retained: boolean;
  /** Epoch ms. */
  readonly receivedAt: number;
  /** Size of a payload that was too big to be taken. */
  readonly cutBytes?: number | undefined;
}

/** One value in a message, under the address that a tag would name it by. */
export interface Reading {
  readonly address: string;
  /** Of the folder it is shown in when browsing; absent = at the root. */
  readonly folder?: string;
  /** As parsed from JSON. */
  readonly raw: unknown;
  /** Epoch ms by the source's clock, undefined when the message does not say. */
  readonly sourceAt: number | undefined;
  /** The source itself says that there is no value. */
  readonly error?: string;
}

/** A reading for one of the tags asked for. */
export interface TagReading extends Omit<Reading, 'address' | 'folder'> {
  readonly tag: number;
}

/** A write as the machine's side expects it. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
}

/** How payloads of one kind are read. */
export interface PayloadForm {
  /** What is wrong with an address, or undefined. */
  checkAddress(address: string): string | undefined;
  /** Topic filter whose messages can carry the address; undefined where only the payload can tell. */
  filterOf(address: string): string | undefined;
  /** Everything in the message that has an address; throws a `DriverFault` when it is not of this form. */
  readings(message: FormMessage): Iterable<Reading>;
  /** Hands out the tags' readings of a message, oldest first. */
  router(tags: readonly TagAddress[]): (message: FormMessage) => readonly TagReading[];
  /** Message that writes a value; throws a `DriverFault` where the form knows no way. */
  publication(address: string, value: Exclude<TagValue, null>, now: number): Publication;
  /** One topic may carry different things in turn, so that the last message alone does not show them all. */
  readonly manyPerTopic: boolean;
}

/** A reading turned into what a tag shows. */
export interface Judged {
  readonly value: TagValue;
  readonly quality: TagQuality;
  readonly at: number;
  readonly error?: string;
}

/** For forms whose addresses stand in the payload: a look-up of each reading among the tags. */
export function routerByAddress(
  form: Pick<PayloadForm, 'readings'>,
  tags: readonly TagAddress[],
  canonical: (address: string) => string,
): (message: FormMessage) => readonly TagReading[] {
  const wanted = new Map<string, number[]>();
  for (const [tag, { address }] of tags.entries()) {
    const key = canonical(address);
    const list = wanted.get(key);
    if (list) list.push(tag);
    else wanted.set(key, [tag]);
  }
  return (message) => {
    const found: TagReading[] = [];
    for (const { address, folder: _folder, ...reading } of form.readings(message))
      for (const tag of wanted.get(address) ?? []) found.push({ ...reading, tag });
    return found;
  };
}
