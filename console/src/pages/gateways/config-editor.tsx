import type { EdgeConfig, GatewayConfig } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi } from '../../api/gateway.ts';
import { ApiProblem } from '../../api/request.ts';
import { Field } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { tellDone } from '../../ui/toast.ts';
import { readText, type TextFault, textOf } from './config-text.ts';
import { DiffView } from './diff-view.tsx';
import { FaultList } from './fault-list.tsx';
import { linesOf } from './located-fault.ts';

type Props = Readonly<{
  gatewayId: string;
  first: string;
  basedOn: GatewayConfig | null;
  onClose: () => void;
}>;
/** The server names places in the request; the configuration is this part of it. */
const POINTER = /^\/?(body\/)?config(?=\/|$)/;

/** A configuration as text; whatever is wrong stands at its line. */
export function ConfigEditor({ gatewayId, first, basedOn, onClose }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const problem = useProblemText();
  const area = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(first);
  const [note, setNote] = useState('');
  const read = readText(text);
  const save = useMutation({
    mutationFn: () =>
      gatewayApi.putConfig(gatewayId, {
        // Judged by the server against the schema, which answers with every fault.
        config: read.value as EdgeConfig,
        basedOn: basedOn?.version ?? null,
        ...(note.trim() === '' ? {} : { note: note.trim() }),
      }),
    onSuccess: async ({ version }) => {
      tellDone(t('gateways.config-saved', { version }));
      await client.invalidateQueries({ queryKey: ['gateway-config', gatewayId] });
      await client.invalidateQueries({ queryKey: ['list', `/gateways/${gatewayId}/config/versions`] });
      onClose();
    },
  });
  const said = faultsOf(save.error, read.lineOf);
  // What the agent said of the version before stays in sight until there is something newer to say.
  const [title, marked] =
    read.faults.length > 0
      ? [t('gateways.no-yaml'), read.faults]
      : save.error
        ? [problem(save.error), said]
        : [t('gateways.refused'), linesOf(text, basedOn?.faults ?? [])];
  const show = (line: number) => {
    const at =
      text
        .split('\n')
        .slice(0, line - 1)
        .join('\n').length + (line > 1 ? 1 : 0);
    const end = text.indexOf('\n', at);
    area.current?.focus();
    area.current?.setSelectionRange(at, end < 0 ? text.length : end);
  };
  const before = basedOn ? textOf(basedOn.config) : '';
  return (
    <Panel
      title={t('gateways.editing')}
      hint={basedOn ? t('gateways.based-on', { version: basedOn.version }) : undefined}
    >
      <div className="form">
        <textarea
          ref={area}
          className="code-area"
          aria-label={t('gateways.editing')}
          rows={24}
          spellCheck={false}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            save.reset();
          }}
        />
        {save.error && marked.length === 0 ? <Refusal error={save.error} /> : null}
        {marked.length > 0 ? <FaultList title={title} faults={marked} onLine={show} /> : null}
        <details open={text !== before}>
          <summary>{t('gateways.difference')}</summary>
          <DiffView before={before} after={text} />
        </details>
        <Field label={t('gateways.note')} help={t('gateways.note-help')}>
          <input value={note} maxLength={200} onChange={({ target }) => setNote(target.value)} />
        </Field>
        <div className="form-actions">
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton disabled={read.faults.length > 0} loading={save.isPending} onClick={() => save.mutate()}>
            {t('gateways.save-version')}
          </IxButton>
        </div>
      </div>
    </Panel>
  );
}

function faultsOf(error: unknown, lineOf: (pointer: string) => number): readonly TextFault[] {
  const fields = error instanceof ApiProblem ? (error.problem.fields ?? []) : [];
  return fields.map(({ pointer, message }) => {
    const path = pointer.replace(POINTER, '');
    return { path, message, line: lineOf(path) };
  });
}
