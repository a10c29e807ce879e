import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import type { EdgeTag } from '@millrace/contract';

/** As in `contract` (`Expression`); checked here too, because this is what bounds the time of an evaluation. */
const LENGTH_MAX = 500;
/** With no loops, no patterns and no growing text, the time of an evaluation is that of its nodes: some microseconds. */
const LIMITS = {
  maxAstNodes: 200,
  maxDepth: 24,
  maxListElements: 32,
  maxMapEntries: 0,
  maxCallArguments: 3,
} as const;
/** What of CEL's library may be called: nothing that loops over a list (`all`, `map` …) or backtracks (`matches`). */
const FUNCTIONS: ReadonlySet<string> = new Set(['double', 'int', 'string', 'bool', 'size']);
const METHODS: ReadonlySet<string> = new Set([
  'startsWith',
  'endsWith',
  'contains',
  'size',
  'lowerAscii',
  'upperAscii',
  'trim',
]);

/** What an expression may see, and give. */
export type ExpressionValue = boolean | number | string;
/** What an expression may know of a tag. */
export type ExpressionTag = Pick<EdgeTag, 'name' | 'type' | 'bit' | 'scale' | 'offset'>;

export interface ExpressionFault {
  /** One sentence, as for the person who wrote it. */
  readonly message: string;
  /** Half-open range of characters in the text. */
  readonly start: number;
  readonly end: number;
}

/** A compiled truth expression over the tags of one machine. */
export interface Expression {
  /** Names of the tags it looks at. */
  readonly tags: ReadonlySet<string>;
  /** Undefined when it cannot be told, because a tag that matters has no good value or the operation has no result. */
  evaluate(values: Readonly<Record<string, ExpressionValue>>): boolean | undefined;
}

/** Compiles an expression of CEL that gives a truth value; numbers are doubles, so `a * 2 > 5` needs no decimal points. */
export function compileExpression(
  text: string,
  tags: readonly ExpressionTag[],
): { readonly expression: Expression } | { readonly fault: ExpressionFault } {
  if (text.length > LENGTH_MAX) {
    return faultAt(`longer than ${LENGTH_MAX} characters`, { start: LENGTH_MAX, end: text.length });
  }
  const environment = environmentOf(tags);
  try {
    const parsed = environment.parse(text);
    const used = new Set<string>();
    const forbidden = firstForbidden(parsed.ast, used);
    if (forbidden !== undefined) return faultAt(forbidden.message, forbidden.node.range);
    const { valid, type, error } = parsed.check();
    if (!valid) return faultAt(wordsOf(error?.summary ?? 'cannot be checked'), error?.range);
    if (type !== 'bool' && type !== 'dyn') return faultAt(`gives ${type}, not true or false`, undefined);
    return {
      expression: { tags: used, evaluate: (values) => truthOf(() => parsed(values)) },
    };
  } catch (cause) {
    // The parser's own refusals; whatever else it throws on rubbish is a refusal too, never a fault of the agent.
    const told = cause instanceof ParseError ? cause : undefined;
    return faultAt(wordsOf(told?.summary ?? String(cause)), told?.range);
  }

  function faultAt(message: string, range: { readonly start: number; readonly end: number } | undefined) {
    return { fault: { message, start: range?.start ?? 0, end: range?.end ?? text.length } };
  }
}

function truthOf(evaluate: () => unknown): boolean | undefined {
  try {
    const value = evaluate();
    return typeof value === 'boolean' ? value : undefined;
  } catch (cause) {
    // A tag without a good value, a division by zero, `dyn` of another type: it cannot be told. [EvaluationError]
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}

function environmentOf(tags: readonly ExpressionTag[]): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS });
  for (const [operator, apply] of ARITHMETIC) {
    for (const [left, right] of MIXED) {
      environment.registerOperator(`${left} ${operator} ${right}: double`, (a: unknown, b: unknown) =>
        apply(Number(a), Number(b)),
      );
    }
  }
  environment.registerOperator('double % double: double', (a: number, b: number) => a % b);
  environment.registerOperator('double == int: bool', (a: number, b: bigint) => a === Number(b));
  const names = new Set<string>();
  for (const tag of tags) {
    if (!names.has(tag.name)) environment.registerVariable(tag.name, typeOf(tag));
    names.add(tag.name);
  }
  return environment;
}

/** CEL has no operators between kinds of number; an electrician writes `temperature * 2`. */
const MIXED = [
  ['double', 'int'],
  ['int', 'double'],
] as const;
const ARITHMETIC: readonly (readonly [string, (a: number, b: number) => number])[] = [
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
];

function typeOf({ type, bit, scale, offset }: ExpressionTag): 'bool' | 'double' | 'string' | 'dyn' {
  if (bit !== undefined || type === 'bool') return 'bool';
  if (type === 'string') return 'string';
  // Without a type the protocol decides, when the first value comes.
  return type === undefined && scale === undefined && offset === undefined ? 'dyn' : 'double';
}

interface Forbidden {
  readonly message: string;
  readonly node: ASTNode;
}

/** Depth is bounded by `maxDepth`; collects the variables on the way. */
function firstForbidden(node: ASTNode, used: Set<string>): Forbidden | undefined {
  switch (node.op) {
    case 'value':
      return undefined;
    case 'id':
      used.add(node.args);
      return undefined;
    case 'call':
      if (!FUNCTIONS.has(node.args[0])) return { message: `${node.args[0]}() is not allowed here`, node };
      return firstOf(node.args[1], used);
    case 'rcall':
      if (!METHODS.has(node.args[0])) return { message: `.${node.args[0]}() is not allowed here`, node };
      return firstForbidden(node.args[1], used) ?? firstOf(node.args[2], used);
    case '.':
    case '.?':
    case '[]':
    case '[?]':
    case 'map':
      return { message: 'a tag has no fields', node };
    case '!_':
    case '-_':
      return firstForbidden(node.args, used);
    default:
      return firstOf(node.args, used);
  }
}

function firstOf(nodes: readonly ASTNode[], used: Set<string>): Forbidden | undefined {
  for (const node of nodes) {
    const found = firstForbidden(node, used);
    if (found !== undefined) return found;
  }
  return undefined;
}

function wordsOf(summary: string): string {
  const variable = /^Unknown variable: (.*)$/s.exec(summary);
  if (variable !== null) return `there is no tag "${variable[1]?.slice(0, 64)}"`;
  if (summary.includes('in list<int>')) return `${summary}; write decimals, such as [1.0, 2.0]`;
  return summary.slice(0, 300);
}
