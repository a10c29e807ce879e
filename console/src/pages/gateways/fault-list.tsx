import { useTranslation } from 'react-i18next';
import { useSaid } from '../../i18n/said.tsx';

type Fault = Readonly<{ path: string; message: string; line?: number }>;
type Props = Readonly<{
  title: string;
  faults: readonly Fault[];
  /** Leads to the line; absent = the text is not on this page. */
  onLine?: (line: number) => void;
}>;

/** What is wrong with a text, each with its place. */
export function FaultList({ title, faults, onLine }: Props) {
  const { t } = useTranslation();
  const say = useSaid();
  return (
    <div className="refusal" role="alert">
      <div>
        <strong>{title}</strong>
        <ul className="marked">
          {faults.map(({ path, message, line }) => (
            <li key={path + message}>
              {line === undefined ? null : onLine ? (
                <button type="button" className="text-button" onClick={() => onLine(line)}>
                  {t('gateways.line', { line })}
                </button>
              ) : (
                <span>{t('gateways.line', { line })}</span>
              )}{' '}
              {path === '' || path === '/' ? null : <code>{path} </code>}
              {say(message)}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
