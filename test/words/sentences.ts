import { isInside, isNode, type Node, nameOf, type Source } from './source.ts';

/** A sentence with `{0}`, `{1}` … where it says what it is about, and the file that says it. */
export interface Sentence {
  readonly text: string;
  readonly file: string;
}
/** Told for each expression whose text cannot be read from the file: the code must be written so that it can be. */
export type Unread = (file: string, expression: string) => void;

/** Handed on through more variables than this, nobody finds it by reading either. */
const STEPS_MAX = 8;
const FUNCTIONS = ['FunctionDeclaration', 'ArrowFunctionExpression', 'FunctionExpression'];

/** The sentences that an expression can be, as far as its own file tells. */
export function sentencesOf(source: Source, expression: Node, unread: Unread): readonly Sentence[] {
  const read = (node: unknown, steps: number): readonly string[] => {
    if (!isNode(node) || steps > STEPS_MAX) return missed(node);
    switch (node.type) {
      case 'Literal':
        return typeof node.value === 'string' ? [node.value] : [];
      case 'TemplateLiteral':
        return [template(node)];
      case 'ConditionalExpression':
        return [...read(node.consequent, steps), ...read(node.alternate, steps)];
      case 'LogicalExpression':
        return [...read(node.left, steps), ...read(node.right, steps)];
      case 'ObjectExpression':
        return (node.properties as readonly Node[]).flatMap(({ value }) => read(value, steps + 1));
      case 'MemberExpression':
        return node.computed === true ? read(node.object, steps + 1) : missed(node);
      case 'TSAsExpression':
        return read(node.expression, steps);
      case 'ArrowFunctionExpression':
        return read(node.body, steps);
      case 'CallExpression':
        return answers(node, steps);
      case 'Identifier':
        return variable(node, steps);
      default:
        return missed(node);
    }
  };
  const variable = (node: Node, steps: number): readonly string[] => {
    const name = String(node.name);
    if (name === 'undefined') return [];
    const scopes = source.nodes.filter((one) => isScope(one) && isInside(node, one)).reverse();
    for (const scope of scopes) {
      const init = initIn(source, name, scope);
      if (init) return read(init, steps + 1);
      const parameters = (scope.params ?? []) as readonly Node[];
      const at = parameters.findIndex((one) => nameOf(one) === name);
      if (at >= 0) return fromCallers(scope, at, node, steps);
      // Taken out of something that came in: it was made elsewhere, and is found there.
      if (parameters.some((one) => takesOut(source, one, name))) return [];
    }
    return missed(node);
  };
  const fromCallers = (scope: Node, at: number, node: Node, steps: number): readonly string[] => {
    const name = nameOf(scope.id) ?? nameOf(declarationOf(source, scope)?.id);
    const calls = source.nodes.filter(
      ({ type, callee }) => type === 'CallExpression' && name !== undefined && nameOf(callee) === name,
    );
    if (calls.length === 0) return missed(node);
    return calls.flatMap(({ arguments: given }) => read((given as readonly Node[])[at], steps + 1));
  };
  const answers = (node: Node, steps: number): readonly string[] => {
    const called = source.nodes.find(
      (one) => FUNCTIONS.includes(one.type) && nameOf(one.id) === nameOf(node.callee),
    );
    const returns = source.nodes.filter(
      (one) => called !== undefined && one.type === 'ReturnStatement' && isInside(one, called),
    );
    return returns.length === 0 ? missed(node) : returns.flatMap(({ argument }) => read(argument, steps + 1));
  };
  const missed = (node: unknown): readonly string[] => {
    unread(source.file, isNode(node) ? (nameOf(node) ?? node.type) : 'nothing');
    return [];
  };
  return read(expression, 0).map((text) => ({ text, file: source.file }));
}

/** Each place is what is put in there. */
function template({ quasis }: Node): string {
  const parts = (quasis as readonly { readonly value: { readonly cooked: string } }[]).map(
    ({ value }) => value.cooked,
  );
  return parts.reduce((text, part, index) => `${text}{${index - 1}}${part}`);
}

const isScope = ({ type }: Node): boolean =>
  type === 'Program' || type === 'BlockStatement' || FUNCTIONS.includes(type);

/** What a variable of this name is set to in this scope itself, not in one within. */
function initIn(source: Source, name: string, scope: Node): Node | undefined {
  const found = source.nodes.find(
    (one) =>
      one.type === 'VariableDeclarator' &&
      nameOf(one.id) === name &&
      isInside(one, scope) &&
      !source.nodes.some(
        (other) => isScope(other) && other !== scope && isInside(other, scope) && isInside(one, other),
      ),
  );
  return isNode(found?.init) ? found.init : undefined;
}

const declarationOf = (source: Source, scope: Node): Node | undefined =>
  source.nodes.find(({ type, init }) => type === 'VariableDeclarator' && init === scope);

function takesOut(source: Source, parameter: Node, name: string): boolean {
  return (
    parameter.type === 'ObjectPattern' &&
    source.nodes.some(
      (one) => one.type === 'Property' && isInside(one, parameter) && nameOf(one.value) === name,
    )
  );
}
