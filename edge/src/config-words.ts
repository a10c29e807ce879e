import type { ConfigWords } from './config/index.ts';
import { compileExpression } from './expression/index.ts';
import { loadDriver } from './host/index.ts';

/** What a check of configurations asks of drivers and of the expression language. */
export const CONFIG_WORDS: ConfigWords = {
  kind: loadDriver,
  checkExpression: (text, tags) => {
    const compiled = compileExpression(text, tags);
    if ('expression' in compiled) return undefined;
    const { message, start } = compiled.fault;
    return `${message} (at character ${start + 1})`;
  },
};
