import { LineReader } from '../net/index.ts';

/** A warning is a sentence; a library that writes more at a time writes for somebody else. */
const LINE_BYTES_MAX = 2_000;
/** Of one thread in a minute: a chatty library must not drown the agent's own lines, of which 600 a minute are kept. */
const LINES_PER_MINUTE_MAX = 20;
const MINUTE_MS = 60_000;
/** Node says which process warns, and how to get a trace of it; neither helps whoever reads the agent's log. */
const NODE_HEAD = /^\(node:\d+\) (?:Warning: )?/;
const NODE_HINT = /^\(Use `node --trace-/;

/** Takes what a driver's thread writes to its standard error, and tells it by the line. */
export function createThreadWords(now: () => number, tell: (line: string) => void): LineReader {
  let minute = Number.NEGATIVE_INFINITY;
  let lines = 0;
  const put = (line: string): void => {
    const at = now();
    if (Math.abs(at - minute) >= MINUTE_MS) {
      const left = lines - LINES_PER_MINUTE_MAX;
      minute = at;
      lines = 0;
      if (left > 0) tell(`${left} lines before this were left out`);
    }
    if (++lines <= LINES_PER_MINUTE_MAX) tell(line);
  };
  return new LineReader(LINE_BYTES_MAX, {
    line: (text) => {
      if (text.trim() !== '' && !NODE_HINT.test(text)) put(text.replace(NODE_HEAD, ''));
    },
    tooLong: () => put(`a line of more than ${LINE_BYTES_MAX} bytes was left out`),
  });
}
