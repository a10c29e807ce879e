import type { BrowseNode, TagType } from '@millrace/contract';
import { decodeText } from './charset.ts';
import { parsePointer, resolvePointer } from './json-pointer.ts';
import { type TakenValue, takeJson, takeText } from './value.ts';
import { parseXml, type XmlElement } from './xml-element.ts';
import { parseXmlPath, resolveXmlPath } from './xml-path.ts';

type DocumentFormat = 'json' | 'xml';

/** A document of a far side whose values have addresses. */
export interface FarDocument {
  /** The value there, or undefined when the document has none there. */
  take(address: string, type: TagType | undefined): TakenValue | undefined;
  /** What lies below an address, at most `limit`; undefined = below the whole document. */
  children(parent: string | undefined, limit: number): readonly BrowseNode[];
}

/** Throws a `SyntaxError` or `RangeError` in words when the bytes are not of that format. */
export function parseDocument(
  format: DocumentFormat,
  bytes: Uint8Array,
  contentType: string | undefined,
): FarDocument {
  const text = decodeText(bytes, contentType);
  if (format === 'xml') return xmlDocument(parseXml(text));
  try {
    return jsonDocument(JSON.parse(text));
  } catch (cause) {
    throw new SyntaxError('not JSON', { cause });
  }
}

/** Undefined when it can name a value, else what is wrong with it. Of which format the document is, only the settings know. */
export function checkDocumentAddress(tag: {
  readonly address: string;
  readonly type?: TagType;
}): string | undefined {
  if (tag.type?.startsWith('bcd')) return `${tag.type} is a type of registers, not of documents`;
  if (parsePointer(tag.address) ?? parseXmlPath(tag.address)) return undefined;
  return 'an address is a JSON pointer such as /line/0/count or a path such as /line/item[2]/@count';
}

function jsonDocument(root: unknown): FarDocument {
  return {
    take(address, type) {
      const tokens = parsePointer(address);
      const found = tokens === undefined ? undefined : resolvePointer(root, tokens);
      return found === undefined ? undefined : takeJson(found, type);
    },
    children(parent, limit) {
      const at = parent === undefined ? root : resolvePointer(root, parsePointer(parent) ?? []);
      const base = parent === undefined || parent === '#' ? '' : parent;
      if (typeof at !== 'object' || at === null) return parent === undefined ? [jsonNode('#', '#', at)] : [];
      return Object.entries(at)
        .slice(0, limit)
        .map(([name, value]) =>
          jsonNode(`${base}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, name, value),
        );
    },
  };
}

function jsonNode(address: string, name: string, value: unknown): BrowseNode {
  const folder = typeof value === 'object' && value !== null;
  const type = Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
  return { address, name, folder, tag: !folder, type, ...(folder ? {} : { value: takeJson(value).value }) };
}

function xmlDocument(root: XmlElement): FarDocument {
  return {
    take(address, type) {
      const path = parseXmlPath(address);
      const found = path === undefined ? undefined : resolveXmlPath(root, path);
      return found === undefined ? undefined : takeText(found, type);
    },
    children(parent, limit) {
      if (parent === undefined) return [xmlNode(`/${root.name}`, root.name, root)];
      const path = parseXmlPath(parent);
      const at = path === undefined ? undefined : elementAt(root, path.steps);
      return at === undefined ? [] : xmlChildren(parent, at).slice(0, limit);
    },
  };
}

function elementAt(
  root: XmlElement,
  steps: readonly { readonly name: string; readonly position: number }[],
): XmlElement | undefined {
  let at: XmlElement | undefined = root;
  for (const step of steps.slice(1)) {
    at = at?.children.filter(({ name }) => name === step.name)[step.position - 1];
  }
  return steps[0]?.name === root.name ? at : undefined;
}

function xmlChildren(parent: string, element: XmlElement): BrowseNode[] {
  const attributes = [...element.attributes].map(([name, text]): BrowseNode => {
    const value = takeText(text).value;
    return {
      address: `${parent}/@${name}`,
      name: `@${name}`,
      folder: false,
      tag: true,
      type: typeof value,
      value,
    };
  });
  const seen = new Map<string, number>();
  const elements = element.children.map((child) => {
    const position = (seen.get(child.name) ?? 0) + 1;
    seen.set(child.name, position);
    const step = position === 1 ? child.name : `${child.name}[${position}]`;
    return xmlNode(`${parent}/${step}`, step, child);
  });
  return [...attributes, ...elements];
}

function xmlNode(address: string, name: string, element: XmlElement): BrowseNode {
  const folder = element.children.length > 0 || element.attributes.size > 0;
  const tag = element.children.length === 0;
  const value = takeText(element.text).value;
  return { address, name, folder, tag, type: tag ? typeof value : null, ...(tag ? { value } : {}) };
}
