/**
 * Sentences in another language, by the sentence in English. `{0}`, `{1}` … stand for what changes, in both; the order may
 * differ. What is put in is translated too where the book has it: `the machine refused: {0}`.
 */
export type Phrases = Readonly<Record<string, string>>;

/** Texts looked up for one that is said: itself, and what stands at its places, and at theirs; the rest stays as it was said. */
const LOOKS_MAX = 64;
/** Where a text may be joined from two, the first ones; a fault in a fault in a fault is three. */
const JOINTS_MAX = 8;
/** Longer texts are not sentences, and are shown as they came. */
const LENGTH_MAX = 2_000;
/** A page shows a few hundred faults, many of them alike, and shows them again each second. */
const KEPT_MAX = 1_000;
/** With fewer letters it only joins what others say, as `{0}: {1}` and `{0} or {1}` do. */
const SENTENCE_LETTERS_MIN = 3;

interface Phrase {
  /** What stands between the places, one more than there are places. */
  readonly between: readonly string[];
  /** The longest of them: a text without it is another. */
  readonly mark: string;
  /** In the order of the English sentence. */
  readonly places: readonly Place[];
  readonly meaning: string;
  /** Characters that are not a place. */
  readonly length: number;
  /** Letters of a phrase that only joins others; undefined = a sentence. */
  readonly glue: number | undefined;
}
interface Place {
  readonly number: number;
  /** Between quotation marks stand names, which stay as they are. */
  readonly isQuoted: boolean;
}
interface Reading {
  readonly meaning: string;
  /** Characters of the text that the book has: of several readings the one with the most is taken. */
  readonly known: number;
  /** It is joined from several. */
  readonly isJoined: boolean;
  /** Joints within a place of a sentence: of readings that know as much the one with fewest, because joints bind loosely. */
  readonly joints: number;
}

/** Gives a sentence in the book's language; what the book does not know, wholly or in part, is given back as it came. */
export function createPhrasebook(phrases: Phrases): (said: string) => string {
  // Made at the first use: most agents are never asked in Chinese.
  let sorted: readonly Phrase[] | undefined;
  const kept = new Map<string, string>();
  return (said) => {
    if (said.length > LENGTH_MAX) return said;
    const before = kept.get(said);
    if (before !== undefined) return before;
    sorted ??= Object.entries(phrases)
      .map(([sentence, meaning]) => phraseOf(sentence, meaning))
      .sort((a, b) => b.length - a.length);
    const { meaning } = readingOf(said, phrases, sorted, new Map());
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(said, meaning);
    return meaning;
  };
}

/** `looked` is what was read on the way; a place is shorter than its text, so that none is looked for in itself. */
function readingOf(
  text: string,
  phrases: Phrases,
  sorted: readonly Phrase[],
  looked: Map<string, Reading>,
): Reading {
  const before = looked.get(text);
  if (before !== undefined) return before;
  const whole = Object.hasOwn(phrases, text) ? phrases[text] : undefined;
  let best = asItIs(whole ?? text, whole === undefined ? 0 : text.length);
  if (looked.size >= LOOKS_MAX) return best;
  looked.set(text, best);
  if (whole !== undefined || !text.includes(' ')) return best;
  for (const phrase of sorted) {
    for (const values of phrase.glue === undefined ? valuesIn(text, phrase) : joints(text, phrase)) {
      const readings = values.map((value, at) =>
        phrase.places[at]?.isQuoted === true ? asItIs(value) : readingOf(value, phrases, sorted, looked),
      );
      const reading = joinedOf(phrase, readings);
      if (holds(phrase, readings) && isBetter(reading, best)) best = reading;
    }
  }
  looked.set(text, best);
  return best;
}

const asItIs = (meaning: string, known = 0): Reading => ({ meaning, known, isJoined: false, joints: 0 });

function joinedOf(phrase: Phrase, parts: readonly Reading[]): Reading {
  const isJoined = phrase.glue !== undefined;
  const sum = (of: (part: Reading) => number): number => parts.reduce((all, part) => all + of(part), 0);
  return {
    meaning: filled(
      phrase,
      parts.map(({ meaning }) => meaning),
    ),
    known: sum(({ known }) => known) + (isJoined ? 0 : phrase.length),
    isJoined,
    joints: sum((part) => part.joints + (part.isJoined && !isJoined ? 1 : 0)),
  };
}

const isBetter = (one: Reading, other: Reading): boolean =>
  one.known > other.known || (one.known === other.known && one.joints < other.joints);

/** A mark joins where one part is known, a word such as "or" only where all are: it stands in many a sentence that is not ours. */
function holds({ glue }: Phrase, parts: readonly Reading[]): boolean {
  const isKnown = ({ known }: Reading): boolean => known > 0;
  return glue === undefined || (glue > 0 ? parts.every(isKnown) : parts.some(isKnown));
}

const PLACE = /\{(\d)\}/g;

function filled({ meaning, places }: Phrase, values: readonly string[]): string {
  const byNumber = new Map(places.map(({ number }, at) => [number, values[at]]));
  // Every second part is the number of a place.
  const parts = meaning
    .split(PLACE)
    .map((part, at) => (at % 2 === 0 ? part : (byNumber.get(Number(part)) ?? '')));
  return parts.reduce(joined);
}

/** Letters and marks of Chinese, which are as wide as each other. */
const WIDE = String.raw`[\p{Script=Han}\u3000-\u303f\uff00-\uffef]`;
const WIDE_AT_END = new RegExp(`${WIDE} $`, 'u');
const WIDE_AT_BEGIN = new RegExp(`^ ${WIDE}`, 'u');

/** Between Chinese and Latin letters or figures stands a space, between Chinese and Chinese none. */
function joined(before: string, after: string): string {
  if (WIDE_AT_END.test(before) && WIDE_AT_BEGIN.test(` ${after}`)) return before.slice(0, -1) + after;
  if (WIDE_AT_END.test(`${before} `) && WIDE_AT_BEGIN.test(after)) return before + after.slice(1);
  const isMixed =
    (/\p{Script=Han}$/u.test(before) && /^[A-Za-z0-9]/.test(after)) ||
    (/[A-Za-z0-9]$/.test(before) && /^\p{Script=Han}/u.test(after));
  return isMixed ? `${before} ${after}` : before + after;
}

function phraseOf(sentence: string, meaning: string): Phrase {
  const between = sentence.split(/\{\d\}/);
  const words = between.join('');
  const letters = words.replaceAll(/\P{L}/gu, '').length;
  return {
    between,
    mark: between.reduce((longest, part) => (part.length > longest.length ? part : longest)),
    places: [...sentence.matchAll(PLACE)].map(([, number], at) => ({
      number: Number(number),
      isQuoted: /["“]$/.test(between[at] ?? '') && /^["”]/.test(between[at + 1] ?? ''),
    })),
    meaning,
    length: words.length,
    glue: letters < SENTENCE_LETTERS_MIN ? letters : undefined,
  };
}

/** What stands at the places, if the text is of that form; each takes as little as it can, the last what is left. */
function valuesIn(text: string, { between, mark }: Phrase): readonly (readonly string[])[] {
  const [first = '', ...rest] = between;
  if (!text.includes(mark) || !text.startsWith(first) || rest.length === 0) return [];
  const values: string[] = [];
  let at = first.length;
  for (const [index, part] of rest.entries()) {
    const isLast = index === rest.length - 1;
    const next = isLast ? text.length - part.length : text.indexOf(part, at + 1);
    if (next <= at || (isLast && !text.endsWith(part))) return [];
    values.push(text.slice(at, next));
    at = next + part.length;
  }
  return [values];
}

/** All the ways in which two are joined to this text. */
function joints(
  text: string,
  { between: [first, joint = '', last = ''] }: Phrase,
): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  if (first !== '' || joint === '' || !text.endsWith(last)) return found;
  const end = text.length - last.length;
  for (
    let at = text.indexOf(joint, 1);
    at > 0 && found.length < JOINTS_MAX;
    at = text.indexOf(joint, at + 1)
  ) {
    if (at + joint.length < end) found.push([text.slice(0, at), text.slice(at + joint.length, end)]);
  }
  return found;
}
