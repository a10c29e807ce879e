export {
  compileExpression,
  type Expression,
  type ExpressionTag,
  type ExpressionValue,
} from './expression.ts';
