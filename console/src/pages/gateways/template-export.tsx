import type { EdgeConfig } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { tellRefused } from '../../ui/toast.ts';
import { templateOf, textOf } from './config-text.ts';
import { saveFile } from './save-file.ts';

/** A machine's set-up, to be taken along to the next one of its kind. */
export function TemplateExport({ config }: { readonly config: EdgeConfig }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState('');
  const machine = config.machines.find((one) => one.machine === chosen) ?? config.machines[0];
  if (!machine) return null;
  const take = () => {
    const template = templateOf(config, machine);
    if (template) saveFile(`${template.template}.yaml`, textOf(template));
    else tellRefused(t('gateways.no-template', { machine: machine.machine }));
  };
  return (
    <Panel title={t('gateways.template')} hint={t('gateways.template-hint')}>
      <div className="row template-export">
        <Field label={t('machine.title')}>
          <select value={machine.machine} onChange={({ target }) => setChosen(target.value)}>
            {config.machines.map((one) => (
              <option key={one.machine} value={one.machine}>
                {one.machine} · {t('gateways.machine-tags', { tags: one.tags.length })}
              </option>
            ))}
          </select>
        </Field>
        <IxButton variant="secondary" onClick={take}>
          {t('gateways.as-template')}
        </IxButton>
      </div>
    </Panel>
  );
}
