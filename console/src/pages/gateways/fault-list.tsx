import type { ConfigFault } from '@millrace/contract';
import { useTranslation } from 'react-i18next';

/** What the agent refused, each with its place. */
export function FaultList({ faults }: { readonly faults: readonly Omit<ConfigFault, 'code'>[] }) {
  const { t } = useTranslation();
  return (
    <div className="refusal" role="alert">
      <div>
        <strong>{t('gateways.refused', { faults: faults.length })}</strong>
        <ul>
          {faults.map(({ path, message }) => (
            <li key={path + message}>
              <code>{path || '/'}</code> {message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
