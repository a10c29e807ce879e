import { MachineTemplate } from '@millrace/contract';
import { Check, Errors } from 'typebox/value';
import { readText, type TextFault } from './config-text.ts';

export type ReadTemplate = Readonly<{
  /** Null when the text is none. */
  template: MachineTemplate | null;
  /** Why it is none, each place once, in the order of the lines. */
  faults: readonly TextFault[];
}>;

/** Enough to see what kind of file it is. */
const FAULTS_MAX = 20;

/** A template as it stands in a file. */
export function readTemplate(text: string): ReadTemplate {
  const { value, faults, lineOf } = readText(text);
  if (faults.length > 0) return { template: null, faults: faults.slice(0, FAULTS_MAX) };
  if (Check(MachineTemplate, value)) return { template: value, faults: [] };
  const places = new Map<string, string>();
  for (const error of Errors(MachineTemplate, value)) {
    const { name, message } = told(error);
    const path = error.instancePath + name;
    const before = places.get(path);
    // Each way that a value may have is told by itself: they are one choice.
    if (before === undefined) places.set(path, message);
    else if (error.keyword === 'const') places.set(path, anotherChoice(before, error.params.allowedValue));
  }
  const found = [...places]
    // That none of the ways fits says nothing beside what is wrong within.
    .filter(([path]) => ![...places.keys()].some((other) => other.startsWith(`${path}/`)))
    .map(([path, message]) => ({ path: path || '/', line: lineOf(path), message }))
    .sort((one, other) => one.line - other.line);
  return { template: null, faults: found.slice(0, FAULTS_MAX) };
}

function anotherChoice(before: string, value: unknown): string {
  const others = before.replace(/^must be (one of )?/, '');
  return `must be one of ${others}, ${JSON.stringify(value)}`;
}

type SchemaError = ReturnType<typeof Errors>[number];

/** In words; what is missing or too much is named as the last part of a JSON pointer. [RFC 6901 §3] */
function told(error: SchemaError): Readonly<{ name: string; message: string }> {
  switch (error.keyword) {
    case 'required':
      return { name: pointerPart(error.params.requiredProperties[0]), message: 'is missing' };
    case 'additionalProperties':
      return { name: pointerPart(error.params.additionalProperties[0]), message: 'is not known here' };
    // What TypeBox says of the same place, a breath earlier.
    case 'boolean':
      return { name: '', message: 'is not known here' };
    case 'const':
      return { name: '', message: `must be ${JSON.stringify(error.params.allowedValue)}` };
    default:
      return { name: '', message: error.message };
  }
}

const pointerPart = (name = ''): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
