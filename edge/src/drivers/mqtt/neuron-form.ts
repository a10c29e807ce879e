import { DriverFault } from '../../driver/index.ts';
import { type FormMessage, type PayloadForm, type Reading, routerByAddress } from './form.ts';
import { canonicalParts, escapePart, isObject, type JsonObject, payloadObject } from './json-payload.ts';
import { parseSourceTime } from './source-time.ts';

/** `node/group/tag`, in both upload formats of EMQX Neuron (`values` and `tags`); a slash inside a name is written %2F. */
export const neuronForm: PayloadForm = {
  manyPerTopic: true,

  checkAddress(address) {
    const parts = canonicalParts(address);
    if (parts?.length === 3 && parts.every((part) => part !== '')) return undefined;
    return 'an address is node/group/tag; a slash inside a name is written %2F, a percent sign %25';
  },

  filterOf() {
    return undefined;
  },

  readings,

  router(tags) {
    return routerByAddress({ readings }, tags, (address) => canonicalParts(address)?.join('/') ?? address);
  },

  publication() {
    throw new DriverFault(
      "Neuron is written to through its application's request topic, which no address names: use the json form",
      { lasting: true },
    );
  },
};

function* readings(message: FormMessage): Generator<Reading> {
  const payload = payloadObject(message);
  if (typeof payload.node !== 'string' || typeof payload.group !== 'string')
    throw new DriverFault('an upload of Neuron names its node and group');
  const folder = `${escapePart(payload.node)}/${escapePart(payload.group)}`;
  const sourceAt = parseSourceTime(payload.timestamp);
  const reading = (name: string, raw: unknown, code: unknown): Reading => ({
    address: `${folder}/${escapePart(name)}`,
    folder,
    raw,
    sourceAt,
    ...(isFault(code) && { error: `Neuron reports error ${String(code)}` }),
  });
  for (const [name, code] of Object.entries(objectOrNothing(payload.errors)))
    if (isFault(code)) yield reading(name, undefined, code);
  const errors = objectOrNothing(payload.errors);
  // A tag in error may still carry a value of before: it is not one of now.
  for (const [name, raw] of Object.entries(objectOrNothing(payload.values)))
    if (!Object.hasOwn(errors, name) || !isFault(errors[name])) yield reading(name, raw, undefined);
  for (const tag of Array.isArray(payload.tags) ? payload.tags : [])
    if (isObject(tag) && typeof tag.name === 'string') yield reading(tag.name, tag.value, tag.error);
}

/** 0 is success; the codes stand in Neuron's list of errors. */
function isFault(code: unknown): code is number {
  return typeof code === 'number' && code !== 0;
}

function objectOrNothing(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
