/** Group separator between the fields of a GS1 label: without it they cannot be told apart. [GS1 General Specifications §7.8.3] */
const GS = '\u001d';

/** Who is told of labels. */
export interface LabelSink {
  label(text: string): void;
  /** Something was read that is no label; nothing is made of it. */
  refused(reason: string): void;
}

/** A label as it is handed on: without control characters but the group separator. Undefined when nothing is left. */
export function cleanLabel(text: string): string | undefined {
  const clean = [...text].filter((character) => character === GS || !/\p{Cc}/u.test(character)).join('');
  return clean.trim() === '' ? undefined : clean;
}
