import type { Problem } from '@millrace/contract';

/** One place of a form, and all that is wrong with it. */
export type FieldFault = Readonly<{ pointer: string; messages: readonly string[] }>;

/** Said beside what each way lacks: one of them is meant, and empty is rarely the one. [keywords anyOf and null] */
const BESIDE = new Set(['must match a schema in anyOf', 'must be null']);

/** The fields of a refusal, each once: of a value that may be written in several ways the server tells why each does not fit. */
export function fieldFaults({ fields = [] }: Problem): readonly FieldFault[] {
  const byPointer = Map.groupBy(fields, ({ pointer }) => pointer);
  const places = [...byPointer.keys()];
  return [...byPointer].flatMap(([pointer, faults]) => {
    const said = [...new Set(faults.map(({ message }) => message))];
    const own = said.filter((message) => !BESIDE.has(message));
    if (own.length > 0) return [{ pointer, messages: own }];
    return places.some((other) => other.startsWith(`${pointer}/`))
      ? []
      : [{ pointer, messages: said.slice(-1) }];
  });
}

/** What stands before a pointer into a request. */
const PARTS = /^\/(body|querystring|params|headers)(?=\/|$)/;

/** A pointer as people call the place: `/body/lines/0/itemId` is line 1, item; undefined when it has a part without a word. */
export function placeOf(
  pointer: string,
  wordOf: (name: string) => string | undefined,
): readonly string[] | undefined {
  const place: string[] = [];
  for (const part of pointer.replace(PARTS, '').split('/').slice(1)) {
    const isEntry = /^\d+$/.test(part);
    const list = isEntry ? place.pop() : undefined;
    const word = isEntry ? list && `${list} ${Number(part) + 1}` : wordOf(part);
    if (!word) return undefined;
    place.push(word);
  }
  return place.length > 0 ? place : undefined;
}
