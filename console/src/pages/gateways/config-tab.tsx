import type { EdgeConfig, Gateway, GatewayConfig } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGatewayConfig } from '../../api/gateway.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { FileChoice } from '../../ui/file-choice.tsx';
import { Panel } from '../../ui/page.tsx';
import { CodeView } from './code-view.tsx';
import { ConfigEditor } from './config-editor.tsx';
import { textOf } from './config-text.ts';
import { ConfigVersions } from './config-versions.tsx';
import { FaultList } from './fault-list.tsx';
import { linesOf } from './located-fault.ts';
import { saveFile } from './save-file.ts';
import { TemplateExport } from './template-export.tsx';

/** The platform takes no larger configuration. */
const CONFIG_BYTES_MAX = 6 * 1_048_576;
const EMPTY: EdgeConfig = { v: 1, connections: [], machines: [] };

/** What the box is told to do: the newest version as text, those before, and what can be taken along. */
export function ConfigTab({ gateway }: { readonly gateway: Gateway }) {
  const { t } = useTranslation();
  const query = useGatewayConfig(gateway.id);
  return (
    <div className="stack">
      <Answer query={query} skeleton="page">
        {(newest) => (
          <>
            <Text gateway={gateway} newest={newest} />
            {newest ? <ConfigVersions gateway={gateway} newest={newest} /> : null}
            {newest ? <TemplateExport config={newest.config} /> : null}
          </>
        )}
      </Answer>
      {query.data === null ? <p className="soft">{t('gateways.config-first')}</p> : null}
    </div>
  );
}

type TextProps = Readonly<{ gateway: Gateway; newest: GatewayConfig | null }>;

/** The text being edited outlives newer versions: whoever saves is told that somebody was faster. */
function Text({ gateway, newest }: TextProps) {
  const { t } = useTranslation();
  const me = useMe();
  const [editing, setEditing] = useState<{ text: string; basedOn: GatewayConfig | null } | null>(null);
  const now = textOf(newest?.config ?? EMPTY);
  const faults = linesOf(now, newest?.faults ?? []);
  const begin = (text: string) => setEditing({ text, basedOn: newest });
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
      <div className="stack">
        {faults.length > 0 ? (
          <FaultList title={t('gateways.refused')} faults={faults} onLine={showLine} />
        ) : null}
        <CodeView text={now} faults={faults} />
        {may(me, 'gateway.configure') ? (
          <div className="row">
            <IxButton onClick={() => begin(now)}>{t('gateways.edit')}</IxButton>
            <FileChoice
              label={t('gateways.import')}
              accept=".yaml,.yml,.json"
              bytesMax={CONFIG_BYTES_MAX}
              onText={({ text }) => begin(text)}
            />
          </div>
        ) : null}
      </div>
    </Panel>
  );
}

function showLine(line: number): void {
  document.querySelector(`.code-lines [data-line="${line}"]`)?.scrollIntoView({ block: 'center' });
}
