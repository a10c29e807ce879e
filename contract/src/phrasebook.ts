/**
 * Sentences in another language, by the sentence in English. `{0}`, `{1}` … stand for what changes, in both; the order may
 * differ. What is put in is translated too where the book has it: `the machine refused: {0}`.
 */
export type Phrases = Readonly<Record<string, string>>;

/** Texts looked up for one that is said: itself, and what stands at its places, and at theirs; the rest stays as it was said. */
const LOOKS_MAX = 64;
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
  /** Characters that are not a place: the more, the better it fits. */
  readonly length: number;
  /** Taken only where it joins something that the book knows. */
  readonly isGlue: boolean;
}
interface Place {
  readonly number: number;
  /** Between quotation marks stand names, which stay as they are. */
  readonly isQuoted: boolean;
}

/** Gives a sentence in the book's language; what the book does not know, wholly or in part, is given back as it came. */
export function createPhrasebook(phrases: Phrases): (said: string) => string {
  // Made at the first use: most agents are never asked in Chinese.
  let sorted: readonly Phrase[] | undefined;
  const kept = new Map<string, string>();
  const meaningOf = (said: string): string => {
    sorted ??= Object.entries(phrases)
      .map(([sentence, meaning]) => phraseOf(sentence, meaning))
      .sort((a, b) => b.length - a.length);
    const book = sorted;
    let looks = 0;
    const translate = (text: string): string => {
      if (looks >= LOOKS_MAX) return text;
      looks += 1;
      if (Object.hasOwn(phrases, text)) return phrases[text] ?? text;
      for (const phrase of book) {
        const values = valuesIn(text, phrase);
        if (values === undefined) continue;
        const meanings = values.map((value, at) =>
          phrase.places[at]?.isQuoted === true ? value : translate(value),
        );
        if (phrase.isGlue && meanings.every((meaning, at) => meaning === values[at])) continue;
        return filled(phrase, meanings);
      }
      return text;
    };
    return translate(said);
  };
  return (said) => {
    if (said.length > LENGTH_MAX) return said;
    const known = kept.get(said);
    if (known !== undefined) return known;
    const meaning = meaningOf(said);
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(said, meaning);
    return meaning;
  };
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
  return {
    between,
    mark: between.reduce((longest, part) => (part.length > longest.length ? part : longest)),
    places: [...sentence.matchAll(PLACE)].map(([, number], at) => ({
      number: Number(number),
      isQuoted: /["“]$/.test(between[at] ?? '') && /^["”]/.test(between[at + 1] ?? ''),
    })),
    meaning,
    length: words.length,
    isGlue: words.replaceAll(/\P{L}/gu, '').length < SENTENCE_LETTERS_MIN,
  };
}

/** What stands at the places; each takes as little as it can, the last what is left. Looks at each letter once. */
function valuesIn(said: string, { between, mark }: Phrase): readonly string[] | undefined {
  if (!said.includes(mark)) return undefined;
  const [first = '', ...rest] = between;
  if (!said.startsWith(first)) return undefined;
  if (rest.length === 0) return said === first ? [] : undefined;
  const values: string[] = [];
  let at = first.length;
  for (const [index, text] of rest.entries()) {
    const isLast = index === rest.length - 1;
    const next = isLast ? said.length - text.length : said.indexOf(text, at + 1);
    if (next <= at || (isLast && !said.endsWith(text))) return undefined;
    values.push(said.slice(at, next));
    at = next + text.length;
  }
  return values;
}
