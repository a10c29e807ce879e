import type { XmlElement } from './xml-element.ts';

const STEPS = 64;
const STEP = /^([\p{L}_][\p{L}\p{N}_.-]*)(?:\[(?:([1-9]\d{0,5})|@([\p{L}_][\p{L}\p{N}_.-]*)='([^']*)')\])?$/u;

interface XmlStep {
  readonly name: string;
  /** First is 1, among those of the same name. */
  readonly position: number;
  /** Only those with this attribute are looked at. */
  readonly where?: { readonly attribute: string; readonly value: string };
}

/** `/a/b[2]/@c`: elements from the root, then optionally an attribute. */
interface XmlPath {
  readonly steps: readonly XmlStep[];
  readonly attribute?: string;
}

/**
 * A path such as `/machine/counter[2]/@value` or `/machine/item[@name='good']`, or undefined when it is none. A small part of
 * XPath 1.0: names without prefix, a position or one attribute in brackets, an attribute at the end.
 */
export function parseXmlPath(text: string): XmlPath | undefined {
  if (!text.startsWith('/')) return undefined;
  const parts = splitOutsideQuotes(text.slice(1));
  const last = parts.at(-1) ?? '';
  const attribute = /^@([\p{L}_][\p{L}\p{N}_.-]*)$/u.exec(last)?.[1];
  if (attribute !== undefined) parts.pop();
  if (parts.length === 0 || parts.length > STEPS) return undefined;
  const steps: XmlStep[] = [];
  for (const part of parts) {
    const match = STEP.exec(part);
    if (match === null) return undefined;
    const [, name = '', position, attributeName, value] = match;
    steps.push({
      name,
      position: position === undefined ? 1 : Number(position),
      ...(attributeName !== undefined && value !== undefined
        ? { where: { attribute: attributeName, value } }
        : {}),
    });
  }
  return { steps, ...(attribute === undefined ? {} : { attribute }) };
}

/** The text of the element or attribute, or undefined when the document has none. */
export function resolveXmlPath(root: XmlElement, path: XmlPath): string | undefined {
  let siblings: readonly XmlElement[] = [root];
  let at: XmlElement | undefined;
  for (const step of path.steps) {
    at = siblings.filter((element) => matches(element, step))[step.position - 1];
    if (at === undefined) return undefined;
    siblings = at.children;
  }
  return path.attribute === undefined ? at?.text : at?.attributes.get(path.attribute);
}

function matches(element: XmlElement, step: XmlStep): boolean {
  if (element.name !== step.name) return false;
  return step.where === undefined || element.attributes.get(step.where.attribute) === step.where.value;
}

/** A value in quotes may hold a slash. */
function splitOutsideQuotes(text: string): string[] {
  return text.match(/(?:'[^']*'|[^/'])+|(?<=\/|^)(?=\/|$)|'/g) ?? [];
}
