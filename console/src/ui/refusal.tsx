import { iconError } from '@siemens/ix-icons/icons';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/request.ts';
import { useSaid } from '../i18n/said.tsx';
import { fieldFaults, placeOf } from './field-faults.ts';
import { maskOf } from './icon-mask.ts';
import { useProblemText } from './problem-text.ts';

/** Why the server said no to this form, with the fields it concerns. */
export function Refusal({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  const say = useSaid();
  const text = useProblemText();
  if (error === null || error === undefined) return null;
  const faults = error instanceof ApiProblem ? fieldFaults(error.problem) : [];
  return (
    <div className="refusal" role="alert">
      <span className="pill-icon" style={maskOf(iconError)} aria-hidden="true" />
      <div>
        {text(error)}
        {faults.length > 0 ? (
          <ul aria-label={t('failure.fields')}>
            {faults.map(({ pointer, messages }) => (
              <li key={pointer}>
                <Place pointer={pointer} /> {messages.map(say).join(t('failure.and'))}
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </div>
  );
}

function Place({ pointer }: { readonly pointer: string }) {
  const { t, i18n } = useTranslation();
  const place = placeOf(pointer, (name) => (i18n.exists(`field.${name}`) ? t(`field.${name}`) : undefined));
  return place ? <strong>{place.join(' › ')}</strong> : <code>{pointer}</code>;
}
