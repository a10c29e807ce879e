import { iconError } from '@siemens/ix-icons/icons';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/request.ts';
import { maskOf } from './icon-mask.ts';
import { useProblemText } from './problem-text.ts';

/** Why the server said no to this form, with the fields it concerns. */
export function Refusal({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  const text = useProblemText();
  if (error === null || error === undefined) return null;
  const fields = error instanceof ApiProblem ? (error.problem.fields ?? []) : [];
  return (
    <div className="refusal" role="alert">
      <span className="pill-icon" style={maskOf(iconError)} aria-hidden="true" />
      <div>
        {text(error)}
        {fields.length > 0 ? (
          <ul aria-label={t('failure.fields')}>
            {fields.map((field) => (
              <li key={field.pointer + field.message}>
                <code>{field.pointer}</code> {field.message}
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </div>
  );
}
