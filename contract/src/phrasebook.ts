/**
 * Sentences in another language, by the sentence in English. `{0}`, `{1}` … stand for what changes, in both; the order may
 * differ. What is put in is translated too where the book has it: `the machine refused: {0}`.
 */
export type Phrases = Readonly<Record<string, string>>;

/** A fault in a fault in a fault; deeper, the rest stays as it was said. */
const DEPTH_MAX = 4;
/** Longer texts are not sentences, and are shown as they came. */
const LENGTH_MAX = 2_000;

interface Phrase {
  /** What stands between the places, one more than there are places. */
  readonly between: readonly string[];
  /** Number of each place, in the order of the English sentence. */
  readonly places: readonly number[];
  readonly meaning: string;
  /** Letters that are not a place: the more, the better it fits. */
  readonly letters: number;
}

/** Gives a sentence in the book's language; what the book does not know, wholly or in part, is given back as it came. */
export function createPhrasebook(phrases: Phrases): (said: string) => string {
  const sorted = Object.entries(phrases)
    .map(([sentence, meaning]) => phraseOf(sentence, meaning))
    .sort((a, b) => b.letters - a.letters);
  const translate = (said: string, depth: number): string => {
    if (said.length > LENGTH_MAX || depth > DEPTH_MAX) return said;
    const plain = phrases[said];
    if (plain !== undefined && Object.hasOwn(phrases, said)) return plain;
    for (const phrase of sorted) {
      const values = valuesIn(said, phrase);
      if (values === undefined) continue;
      const byPlace = new Map(
        phrase.places.map((place, at) => [place, translate(values[at] ?? '', depth + 1)]),
      );
      return phrase.meaning.replace(PLACE, (whole, place: string) => byPlace.get(Number(place)) ?? whole);
    }
    return said;
  };
  return (said) => translate(said, 0);
}

const PLACE = /\{(\d)\}/g;

function phraseOf(sentence: string, meaning: string): Phrase {
  const between = sentence.split(/\{\d\}/);
  return {
    between,
    places: [...sentence.matchAll(PLACE)].map(([, place]) => Number(place)),
    meaning,
    letters: between.join('').length,
  };
}

/** What stands at the places; each takes as little as it can, the last what is left. Looks at each letter once. */
function valuesIn(said: string, { between }: Phrase): readonly string[] | undefined {
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
