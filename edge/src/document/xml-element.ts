import { XMLParser } from 'fast-xml-parser';

/** Deeper than any document of a machine (MTConnect: about 15); the parser and the walk below stay far from the stack's end. */
const DEPTH = 64;
/** Elements are the memory a document costs, whatever its bytes: an MTConnect answer of 5,000 items has about 15,000. */
const ELEMENTS = 200_000;
/** The parser quotes what it cannot read, whole. */
const WORDS_CHARACTERS = 120;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** An element without its namespace prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own character data, without that of its children, trimmed. */
  readonly text: string;
}

/** A node as the parser gives it in document order: one property named after the element, its attributes in `:@`. */
type ParsedNode = Readonly<Record<string, unknown>>;

/**
 * The root element of a document. Throws a `SyntaxError` in words for what is not well-formed, too deep or too large, and for
 * any document type declaration: entities of a far side are never expanded.
 */
export function parseXml(text: string): XmlElement {
  if (/<!DOCTYPE/i.test(text))
    throw new SyntaxError('the document declares a document type, which is refused');
  let nodes: unknown;
  try {
    nodes = newParser().parse(text, true);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`not XML: ${words.slice(0, WORDS_CHARACTERS)}`, { cause });
  }
  const budget = { elements: ELEMENTS };
  const roots = childrenOf(nodes, budget);
  const root = roots.find((element) => !element.name.startsWith('?'));
  if (root === undefined) throw new SyntaxError('not XML: there is no element');
  return root;
}

function newParser(): XMLParser {
  return new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    maxNestedTags: DEPTH,
  });
}

function childrenOf(nodes: unknown, budget: { elements: number }): XmlElement[] {
  const elements: XmlElement[] = [];
  if (!Array.isArray(nodes)) return elements;
  for (const node of nodes as readonly ParsedNode[]) {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name === '#text') continue;
    budget.elements -= 1;
    if (budget.elements < 0) throw new SyntaxError(`the document has more than ${ELEMENTS} elements`);
    const content = node[name];
    elements.push({
      name,
      attributes: attributesOf(node[':@']),
      children: childrenOf(content, budget),
      text: textOf(content),
    });
  }
  return elements;
}

function attributesOf(attributes: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (typeof attributes !== 'object' || attributes === null) return found;
  for (const [name, value] of Object.entries(attributes)) found.set(name, plainText(String(value)));
  return found;
}

function textOf(content: unknown): string {
  if (!Array.isArray(content)) return '';
  let text = '';
  for (const node of content as readonly ParsedNode[]) {
    const part = node['#text'];
    if (part !== undefined) text += plainText(String(part));
  }
  return text.trim();
}

/** The five entities every document has and character references; nothing declared, nothing twice. [XML 1.0 §4.1, §4.6] */
function plainText(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
