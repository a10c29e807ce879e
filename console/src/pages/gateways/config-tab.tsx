import type { EdgeConfig, EdgeMachine, Gateway, GatewayConfig } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGatewayConfig } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { Panel } from '../../ui/page.tsx';
import { tellRefused } from '../../ui/toast.ts';
import { ConfigEditor } from './config-editor.tsx';
import { templateOf, textOf } from './config-text.ts';
import { ConfigVersions } from './config-versions.tsx';
import { FaultList } from './fault-list.tsx';
import { saveFile } from './save-file.ts';

const EMPTY: EdgeConfig = { v: 1, connections: [], machines: [] };

export function ConfigTab({ gateway }: { readonly gateway: Gateway }) {
  const { t } = useTranslation();
  const query = useGatewayConfig(gateway.id);
  return (
    <div className="stack">
      <Answer query={query} skeleton="page">
        {(newest) => (
          <>
            {newest && newest.faults.length > 0 ? <FaultList faults={newest.faults} /> : null}
            <Machines config={newest?.config ?? EMPTY} />
            <Editor gateway={gateway} newest={newest} />
            {newest ? <ConfigVersions gateway={gateway} newest={newest} /> : null}
          </>
        )}
      </Answer>
      {query.data === null ? <p className="soft">{t('gateways.config-first')}</p> : null}
    </div>
  );
}

type EditorProps = Readonly<{ gateway: Gateway; newest: GatewayConfig | null }>;

/** The text being edited outlives newer versions: whoever saves is told that somebody was faster. */
function Editor({ gateway, newest }: EditorProps) {
  const { t } = useTranslation();
  const me = useMe();
  const [editing, setEditing] = useState<{ text: string; basedOn: GatewayConfig | null } | null>(null);
  const now = textOf(newest?.config ?? EMPTY);
  const begin = (text: string) => setEditing({ text, basedOn: newest });
  const open = async (file: File | undefined) => {
    if (file) begin(await file.text());
  };
  if (editing) {
    return (
      <ConfigEditor
        gatewayId={gateway.id}
        first={editing.text}
        basedOn={editing.basedOn}
        onClose={() => setEditing(null)}
      />
    );
  }
  return (
    <Panel
      title={newest ? t('gateways.config-version', { version: newest.version }) : t('gateways.config-none')}
      tools={
        <IxButton variant="tertiary" onClick={() => saveFile(`${gateway.code}.yaml`, now)}>
          {t('gateways.export')}
        </IxButton>
      }
    >
      <pre className="code-area">{now}</pre>
      {may(me, 'gateway.configure') ? (
        <div className="row config-tools">
          <IxButton onClick={() => begin(now)}>{t('gateways.edit')}</IxButton>
          <label className="file-choice">
            {t('gateways.import')}
            <input
              type="file"
              accept=".yaml,.yml,.json"
              onChange={({ target }) => {
                void open(target.files?.[0]);
                target.value = '';
              }}
            />
          </label>
        </div>
      ) : null}
    </Panel>
  );
}

/** Each machine's set-up, to be taken along to the next one of its kind. */
function Machines({ config }: { readonly config: EdgeConfig }) {
  const { t } = useTranslation();
  const take = (machine: EdgeMachine) => {
    const template = templateOf(config, machine);
    if (template) saveFile(`${template.template}.yaml`, textOf(template));
    else tellRefused(t('gateways.no-template', { machine: machine.machine }));
  };
  if (config.machines.length === 0) return null;
  return (
    <Panel title={t('menu.machines')}>
      <ul className="connection-list">
        {config.machines.map((one) => (
          <li key={one.machine} className="row">
            <strong>{one.machine}</strong>
            <span className="soft">{t('gateways.machine-tags', { tags: one.tags.length })}</span>
            <IxButton variant="tertiary" onClick={() => take(one)}>
              {t('gateways.as-template')}
            </IxButton>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
