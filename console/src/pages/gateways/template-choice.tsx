import type { MachineTemplate } from '@millrace/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { currentLanguage } from '../../i18n/languages.ts';
import { useCodeText } from '../../ui/code-text.ts';
import { FileChoice, type TextFile } from '../../ui/file-choice.tsx';
import type { TextFault } from './config-text.ts';
import { FaultList } from './fault-list.tsx';
import { readTemplate } from './read-template.ts';
import { shippedTemplates } from './templates.ts';

/** Larger files are no templates. */
const TEMPLATE_BYTES_MAX = 256 * 1024;
type WrongFile = Readonly<{ name: string; faults: readonly TextFault[] }>;

/** One of those that are shipped, or one from a file. */
export function TemplateChoice({ onChoose }: { readonly onChoose: (template: MachineTemplate) => void }) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const [templates] = useState(shippedTemplates);
  const language = currentLanguage();
  const [wrong, setWrong] = useState<WrongFile | null>(null);
  const open = ({ name, text }: TextFile) => {
    const { template, faults } = readTemplate(text);
    if (template) onChoose(template);
    else setWrong({ name, faults });
  };
  return (
    <div className="stack">
      <ul className="choice-list choice-grid">
        {templates.map((one) => (
          <li key={one.template}>
            <button type="button" className="choice" onClick={() => onChoose(one)}>
              <strong>{one.name[language]}</strong>
              <span>{one.text[language]}</span>
              <span className="soft">{codeText('driver', one.connection.driver)}</span>
            </button>
          </li>
        ))}
      </ul>
      <FileChoice
        label={t('onboarding.template-file')}
        accept=".yaml,.yml"
        bytesMax={TEMPLATE_BYTES_MAX}
        onText={open}
      />
      {wrong ? (
        <FaultList title={t('onboarding.no-template', { file: wrong.name })} faults={wrong.faults} />
      ) : null}
    </div>
  );
}
