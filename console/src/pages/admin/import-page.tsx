import { IMPORT_KINDS, type ImportKind, type ImportReport } from '@millrace/contract';
import { iconImport } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { admin } from '../../api/admin.ts';
import { addressOf } from '../../api/request.ts';
import { useSaid } from '../../i18n/said.tsx';
import { FileChoice, type TextFile } from '../../ui/file-choice.tsx';
import { number } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import { Pill } from '../../ui/pill.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Segments } from '../../ui/segments.tsx';

/** The server takes no larger table. */
const CSV_BYTES_MAX = 20 * 1_048_576;
type Picked = Readonly<{ name: string; content: string }>;

/** Choose what, choose a file, see what would happen, then let it happen: all rows or none. */
export function ImportPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [kind, setKind] = useState<ImportKind>('sites');
  const [picked, setPicked] = useState<Picked | null>(null);
  const run = useMutation({
    mutationFn: ({ content, dryRun }: { content: string; dryRun: boolean }) =>
      admin.importCsv(kind, content, dryRun),
    onSuccess: (report) => (report.committed ? client.invalidateQueries() : undefined),
  });
  const choose = ({ name, text: content }: TextFile) => {
    setPicked({ name, content });
    run.mutate({ content, dryRun: true });
  };
  const report = run.data;
  const ready = picked !== null && report?.dryRun === true && report.errors.length === 0 && report.rows > 0;
  return (
    <Panel title={t('admin.tab-import')} hint={t('import.hint')}>
      <div className="stack">
        <Segments
          label={t('import.kind')}
          value={kind}
          options={IMPORT_KINDS.map((one) => [one, t(`import-kind.${one}`)])}
          onChange={(next) => {
            setKind(next);
            setPicked(null);
            run.reset();
          }}
        />
        <p className="soft">{t(`import-meaning.${kind}`)}</p>
        <div className="row">
          <FileChoice
            label={t('import.choose')}
            accept=".csv,text/csv"
            bytesMax={CSV_BYTES_MAX}
            onText={choose}
          />
          <a className="row" href={addressOf(`/imports/${kind}/template`)} download={`${kind}.csv`}>
            {t('import.template')}
          </a>
          {picked ? <span className="soft">{picked.name}</span> : null}
          <IxButton
            icon={iconImport}
            disabled={!ready}
            loading={run.isPending}
            onClick={() => picked && run.mutate({ content: picked.content, dryRun: false })}
          >
            {report && ready ? t('import.commit', { rows: number(report.rows) }) : t('import.commit-none')}
          </IxButton>
        </div>
        <Refusal error={run.error} />
        {report ? <Report report={report} /> : <FirstSteps />}
      </div>
    </Panel>
  );
}

function FirstSteps() {
  const { t } = useTranslation();
  return (
    <ol className="steps">
      <li>{t('import.step-1')}</li>
      <li>{t('import.step-2')}</li>
      <li>{t('import.step-3')}</li>
    </ol>
  );
}

function Report({ report }: { readonly report: ImportReport }) {
  const { t } = useTranslation();
  const say = useSaid();
  const bad = report.errors.length > 0;
  return (
    <section className="stack" aria-live="polite">
      <div className="row">
        <Pill tone={bad ? 'alarm' : report.committed ? 'success' : 'info'}>
          {bad ? t('import.refused') : report.committed ? t('import.done') : t('import.checked')}
        </Pill>
        <span>
          {t('import.counts', {
            rows: number(report.rows),
            created: number(report.created),
            updated: number(report.updated),
            unchanged: number(report.unchanged),
          })}
        </span>
      </div>
      {bad ? (
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th className="number">{t('import.row')}</th>
                <th>{t('import.column')}</th>
                <th>{t('import.problem')}</th>
              </tr>
            </thead>
            <tbody>
              {report.errors.map((error) => (
                <tr key={`${error.row} ${error.column} ${error.code}`}>
                  <td className="number">{number(error.row)}</td>
                  <td>
                    <code>{error.column ?? '—'}</code>
                  </td>
                  <td>{say(error.message)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </section>
  );
}
