/** A `bash` block of a page. Blocks in another language are for reading only. */
export interface Example {
  /** Counted from 1. */
  readonly number: number;
  /** Line of the page on which its first command stands. */
  readonly line: number;
  /** What the page says that it prints: its lines `# → …`, in which `…` stands for anything. */
  readonly promised: readonly string[];
}

/** The examples of a page as one session of the shell. */
export interface Session {
  readonly examples: readonly Example[];
  /** Has as many lines as the page, each example in its place: the shell tells a fault with the page's own line. */
  readonly script: string;
}

/** Stands before the number of an example in what the session prints; no example prints it. */
const MARK = '\u001e';
/** As the last promise of an example: whatever else it prints. */
const ANY_LINES = '…';
const PROMISE = /^\s*# → (.*)$/;

export function readSession(page: string): Session {
  const examples: (Example & { readonly promised: string[] })[] = [];
  let inside = false;
  const script = page.split('\n').map((text, index) => {
    if (inside && text === '```') inside = false;
    else if (inside) {
      const promise = PROMISE.exec(text)?.[1];
      if (promise !== undefined) examples.at(-1)?.promised.push(promise);
      return text;
    } else if (text === '```bash') {
      inside = true;
      examples.push({ number: examples.length + 1, line: index + 2, promised: [] });
      return `printf '${MARK}%d\\n' ${examples.length}; printf '${MARK}%d\\n' ${examples.length} >&2`;
    }
    return '';
  });
  return { examples, script: script.join('\n') };
}

/** What each example printed, by its number. */
export function printedBy(stream: string): ReadonlyMap<number, string> {
  const parts = stream.split(MARK).slice(1);
  return new Map(parts.map((part) => [Number.parseInt(part, 10), part.slice(part.indexOf('\n') + 1)]));
}

/** Undefined when an example printed what its page promises, line by line; else what is different. */
export function broken(promised: readonly string[], printed: string): string | undefined {
  const lines = printed.split(/\r?\n/).filter((line) => line !== '');
  for (let index = 0; index < Math.max(lines.length, promised.length); index++) {
    const [line, promise] = [lines[index], promised[index]];
    if (promise === ANY_LINES) return undefined;
    if (line !== undefined && promise !== undefined && fits(line, promise)) continue;
    return `promised  ${promise ?? 'nothing more'}\nprinted   ${line ?? 'nothing more'}`;
  }
  return undefined;
}

function fits(line: string, promise: string): boolean {
  const parts = promise.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(line);
}
