import { parseXml, type XmlElement } from '../../document/index.ts';
import { type Condition, conditionLevel, parseTime } from '../../mtconnect/index.ts';

/** One observation of a streams document. */
export interface Observation {
  readonly item: string;
  readonly sequence: number;
  /** Epoch ms; missing where the agent's time is unreadable. */
  readonly at: number | undefined;
  readonly text: string;
  readonly condition?: Condition;
  /** Entries of a data set. */
  readonly entries: readonly { readonly key: string; readonly text: string }[];
}

/** What an agent answers to `current` and `sample`. [MTConnect Part 1, MTConnectStreams and MTConnectError] */
export type AgentDocument =
  | {
      readonly kind: 'streams';
      /** Changes when the agent starts anew: its sequences then mean something else. [MTConnect Part 1, instanceId] */
      readonly instanceId: string;
      readonly firstSequence: number;
      readonly nextSequence: number;
      readonly bufferSize: number;
      /** When the agent made the document, by its clock; epoch ms. [MTConnect Part 1, creationTime] */
      readonly createdAt: number | undefined;
      /** In the order of their sequence. */
      readonly observations: readonly Observation[];
    }
  | { readonly kind: 'error'; readonly codes: readonly string[]; readonly text: string };

/** A document of `current` or `sample`. Throws a `SyntaxError` in words for any other. */
export function parseAgentDocument(text: string): AgentDocument {
  const root = parseXml(text);
  if (root.name === 'MTConnectError') return parseError(root);
  if (root.name !== 'MTConnectStreams')
    throw new SyntaxError(`a document ${root.name}, not MTConnectStreams`);
  const header = root.children.find(({ name }) => name === 'Header');
  const instanceId = header?.attributes.get('instanceId');
  const nextSequence = sequenceOf(header?.attributes.get('nextSequence'));
  if (instanceId === undefined || nextSequence === undefined) {
    throw new SyntaxError('a header without instanceId or nextSequence');
  }
  return {
    kind: 'streams',
    instanceId,
    nextSequence,
    firstSequence: sequenceOf(header?.attributes.get('firstSequence')) ?? 0,
    bufferSize: sequenceOf(header?.attributes.get('bufferSize')) ?? 0,
    createdAt: parseTime(header?.attributes.get('creationTime') ?? ''),
    observations: observationsOf(root).sort((one, other) => one.sequence - other.sequence),
  };
}

function parseError(root: XmlElement): AgentDocument {
  const errors = descend(root, ['Errors', 'Error']);
  const single = root.children.find(({ name }) => name === 'Error');
  const all = single === undefined ? errors : [...errors, single];
  return {
    kind: 'error',
    codes: all.flatMap((error) => error.attributes.get('errorCode') ?? []),
    text: all.map((error) => error.text).join('; '),
  };
}

function observationsOf(root: XmlElement): Observation[] {
  return descend(root, ['Streams', 'DeviceStream', 'ComponentStream'])
    .flatMap((component) => component.children)
    .flatMap((group) => group.children.map((element) => observationOf(element, group.name === 'Condition')))
    .filter((observation) => observation !== undefined);
}

function observationOf(element: XmlElement, isCondition: boolean): Observation | undefined {
  const item = element.attributes.get('dataItemId');
  const sequence = sequenceOf(element.attributes.get('sequence'));
  if (item === undefined || sequence === undefined) return undefined;
  const level = isCondition ? conditionLevel(element.name) : undefined;
  if (isCondition && level === undefined) return undefined;
  const code = element.attributes.get('conditionId') ?? element.attributes.get('nativeCode') ?? '';
  return {
    item,
    sequence,
    at: parseTime(element.attributes.get('timestamp') ?? ''),
    text: element.text,
    entries: element.children
      .filter(({ name }) => name === 'Entry')
      .map((entry) => ({ key: entry.attributes.get('key') ?? '', text: entry.text })),
    ...(level === undefined ? {} : { condition: { level, code, text: element.text } }),
  };
}

/** Sequences have 64 bits; one beyond 2^53 would take an agent 285,000 years at 1,000 observations a second. */
function sequenceOf(text: string | undefined): number | undefined {
  const sequence = /^\d{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

function descend(root: XmlElement, path: readonly string[]): readonly XmlElement[] {
  return path.reduce<readonly XmlElement[]>(
    (elements, name) =>
      elements.flatMap((element) => element.children.filter((child) => child.name === name)),
    [root],
  );
}
