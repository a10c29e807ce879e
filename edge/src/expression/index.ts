export {
  compileExpression,
  type Expression,
  type ExpressionFault,
  type ExpressionTag,
  type ExpressionValue,
} from './expression.ts';
