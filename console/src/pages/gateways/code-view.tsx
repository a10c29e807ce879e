import type { TextFault } from './config-text.ts';

type Props = Readonly<{ text: string; faults: readonly TextFault[] }>;

/** A text to read, its lines numbered; what is wrong stands below its line. */
export function CodeView({ text, faults }: Props) {
  const lines = text.replace(/\n$/, '').split('\n');
  return (
    <pre className="code-area code-lines">
      {lines.map((line, index) => {
        const wrong = faults.filter((one) => one.line === index + 1);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text have no other name
          <span key={index} className={wrong.length > 0 ? 'code-wrong' : ''} data-line={index + 1}>
            {line}
            {'\n'}
            {wrong.map(({ path, message }) => (
              <em key={path + message}>{message}</em>
            ))}
          </span>
        );
      })}
    </pre>
  );
}
