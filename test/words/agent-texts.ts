import { isInside, isNode, type Node, nameOf, type Source } from './source.ts';

/** A text of the agent, with `{0}`, `{1}` … for what is put in, and where it stands. */
export interface AgentText {
  readonly text: string;
  readonly file: string;
}

const PLACE = /\{\d\}/g;
/** The command line, the log, answers to other programs, and the status page, which has its own words in both languages. */
const ELSEWHERE =
  /^(?:arguments|main|quarantine-desk|enrolled|version|secret\/secrets-file)\.ts$|^(?:identity|intake|status|store|uplink|log)\/|(?:fixtures?|far-side)[./]|plant\.ts$/;
/** Calls that tell the log of the box, with all that stands in them. */
const LOGGED = new Set(['debug', 'info', 'warn', 'emitWarning']);
/** Calls whose arguments are no words for people: bytes of a protocol, signatures, what is looked for or stands between. */
const FOR_PROGRAMS = new Set(['write', 'registerOperator', 'includes', 'join']);
/** Thrown to the command line only. */
const TYPED_IN = new Set(['UsageFault', 'NotEnrolled', 'NotResent', 'FolderInUse', 'NoOwnerAnswer']);
/** Headers, and names that programs read. */
const MACHINE_KEYS = new Set(['authorization', 'accept', 'applicationName', 'subject']);

/** Keys, and names that programs read; words in a file on the box; names of what is browsed, which are like the far side's own. */
const NAMES = new Set([
  'rules ',
  'machine {0}',
  'look at {0}',
  'version {0}',
  'POST, PUT',
  'Node Control/Rebirth',
  '--format=%o %e %s %n',
  'taken at first sight on {0} from {1}',
  'shown by {0}',
  'line {0}',
  'label of {0}',
  '{0}: machine state',
  '{0} in {1}',
]);

/** Everything that the source says in words of more than one: what is no sentence for people is named above, all else is one. */
export function agentTexts({ file, nodes }: Source): readonly AgentText[] {
  if (ELSEWHERE.test(file)) return [];
  const silent = nodes.filter(isSilent);
  const aside = new Set(nodes.filter(isForPrograms).flatMap((node) => node.arguments as readonly Node[]));
  const spoken = new Set(nodes.filter(isSpoken).map((node) => (node.arguments as readonly Node[])[0]));
  return nodes.flatMap((node) => {
    const text = textOf(node);
    if (text === undefined || NAMES.has(text) || text.startsWith('exec ') || aside.has(node)) return [];
    const isSaid = isSentence(text) || (spoken.has(node) && /\p{L}/u.test(text.replaceAll(PLACE, '')));
    return isSaid && !silent.some((one) => isInside(node, one)) ? [{ text, file }] : [];
  });
}

const isForPrograms = ({ type, callee }: Node): boolean =>
  type === 'CallExpression' && FOR_PROGRAMS.has(nameOf(callee) ?? '');

function isSilent(node: Node): boolean {
  switch (node.type) {
    case 'CallExpression':
      return LOGGED.has(nameOf(node.callee) ?? '') || isLogError(node);
    case 'NewExpression':
      return TYPED_IN.has(nameOf(node.callee) ?? '');
    case 'Property':
      return MACHINE_KEYS.has(nameOf(node.key) ?? String((node.key as Node).value));
    case 'ImportDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSInterfaceDeclaration':
      return true;
    default:
      return false;
  }
}

/** Told as it stands, were it a single word. */
function isSpoken({ type, callee }: Node): boolean {
  const name = nameOf(callee);
  return type === 'NewExpression' ? name === 'DriverFault' : type === 'CallExpression' && name === 'within';
}

/** `log.error`, `this.#log.error`, but nothing else that is called error. */
function isLogError({ callee }: Node): boolean {
  const { object } = callee as Node;
  const ofObject = isNode(object) && isNode(object.property) ? object.property.name : nameOf(object);
  return nameOf(callee) === 'error' && ofObject === 'log';
}

function textOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type !== 'TemplateLiteral') return undefined;
  const parts = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
  return parts.map(({ value }) => value.cooked).reduce((text, part, index) => `${text}{${index - 1}}${part}`);
}

/** A word at least, and something beside it. */
const isSentence = (text: string): boolean =>
  /\s/.test(text) && /\p{L}{2}/u.test(text.replaceAll(PLACE, ' '));
