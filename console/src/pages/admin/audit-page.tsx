import type { AuditEntry, AuditVerification } from '@millrace/contract';
import { iconHistory, iconShieldCheck } from '@siemens/ix-icons/icons';
import { IxButton, IxInput } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAuditList, useAuditVerification } from '../../api/admin.ts';
import { Answer } from '../../ui/answer.tsx';
import { useCodeText } from '../../ui/code-text.ts';
import { useDebounced } from '../../ui/debounced.ts';
import { instant, number } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { Panel } from '../../ui/page.tsx';
import { Pill } from '../../ui/pill.tsx';
import { rowsOf } from '../../ui/rows-of.ts';

export function AuditPage() {
  const { t } = useTranslation();
  const [actor, setActor] = useState('');
  const [action, setAction] = useState('');
  const asked = useDebounced({ actor: actor.trim(), action: action.trim() }, 400);
  const query = useAuditList({
    ...(asked.actor ? { actor: asked.actor } : {}),
    ...(asked.action ? { action: asked.action } : {}),
  });
  return (
    <Panel title={t('admin.tab-audit')} hint={t('audit.hint')} tools={<Verification />}>
      <div className="list-tools">
        <IxInput
          className="list-search"
          placeholder={t('audit.by-actor')}
          aria-label={t('audit.by-actor')}
          value={actor}
          onValueChange={({ detail }) => setActor(detail)}
        />
        <IxInput
          className="list-search"
          placeholder={t('audit.by-action')}
          aria-label={t('audit.by-action')}
          value={action}
          onValueChange={({ detail }) => setAction(detail)}
        />
      </div>
      <Answer
        query={rowsOf(query)}
        isEmpty={(rows) => rows.length === 0}
        empty={{ icon: iconHistory, title: t('audit.empty'), text: t('audit.empty-text') }}
      >
        {(rows) => (
          <>
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    <th className="number">{t('audit.seq')}</th>
                    <th>{t('audit.at')}</th>
                    <th>{t('audit.actor')}</th>
                    <th>{t('audit.action')}</th>
                    <th>{t('audit.detail')}</th>
                    <th>{t('audit.hash')}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((entry) => (
                    <tr key={entry.seq}>
                      <td className="number">{number(entry.seq)}</td>
                      <td className="nowrap">
                        {instant(entry.at, 'day')} {instant(entry.at, 'seconds')}
                      </td>
                      <td>{entry.actor}</td>
                      <td>
                        <code>{entry.action}</code>
                      </td>
                      <td className="audit-detail">
                        <span>{entry.subject}</span>
                        <WhyNot entry={entry} />
                        {Object.keys(entry.detail).length > 0 ? (
                          <details>
                            <summary>{t('audit.show')}</summary>
                            <code>{JSON.stringify(entry.detail, null, 1)}</code>
                          </details>
                        ) : null}
                      </td>
                      <td>
                        <code title={entry.hash}>{entry.hash.slice(0, 10)}</code>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <More query={query} />
          </>
        )}
      </Answer>
    </Panel>
  );
}

/** A refused command in words, by the platform or by the box; the code stands in the detail. */
function WhyNot({ entry }: { readonly entry: AuditEntry }) {
  const codeText = useCodeText();
  const { refusal, values, machine, command, value } = entry.detail;
  if (!entry.action.startsWith('command.') || typeof refusal !== 'string') return null;
  const group = entry.action === 'command.outcome' ? 'command-refusal' : 'refusal';
  const known = typeof values === 'object' && values !== null ? { ...values } : {};
  const wish = value === null ? String(command) : `${String(command)} = ${String(value)}`;
  return (
    <p className="late">
      {String(machine)} · {wish}: {codeText(group, refusal, known)}
    </p>
  );
}

/** Recomputes the whole chain on the server: asked for, not shown by default, because it reads every entry. */
function Verification() {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const verification = useAuditVerification(asked);
  return (
    <div className="row">
      {verification.data ? <Verdict verification={verification.data} /> : null}
      <IxButton
        variant="secondary"
        icon={iconShieldCheck}
        loading={verification.isFetching}
        onClick={() => (asked ? void verification.refetch() : setAsked(true))}
      >
        {t('audit.verify')}
      </IxButton>
    </div>
  );
}

function Verdict({ verification }: { readonly verification: AuditVerification }) {
  const { t } = useTranslation();
  if (verification.intact) {
    return <Pill tone="success">{t('audit.intact', { entries: number(verification.entries) })}</Pill>;
  }
  return (
    <Pill tone="alarm">
      {t('audit.broken', {
        seq: verification.firstBrokenSeq === null ? '?' : number(verification.firstBrokenSeq),
      })}
    </Pill>
  );
}
