import type { MatchRun } from '@millrace/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { instant, number } from '../../ui/format.ts';

export function RunTable({ runs }: { readonly runs: readonly MatchRun[] }) {
  const { t } = useTranslation();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th>{t('run.started')}</th>
            <th>{t('run.trigger')}</th>
            <th className="number">{t('run.lines')}</th>
            <th className="number">{t('run.placed')}</th>
            <th className="number">{t('run.unplaced')}</th>
            <th className="number">{t('run.late')}</th>
            <th className="number">{t('run.changed')}</th>
            <th className="number">{t('run.time')}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td className="nowrap">
                <Link to="/matching/$runId" params={{ runId: run.id }}>
                  {instant(run.startedAt, 'full')}
                </Link>
              </td>
              <td>{t(`trigger.${run.trigger}`)}</td>
              <td className="number">{number(run.lines)}</td>
              <td className="number">{number(run.placed)}</td>
              <td className={run.unplaced > 0 ? 'number late' : 'number'}>{number(run.unplaced)}</td>
              <td className={run.late > 0 ? 'number late' : 'number'}>{number(run.late)}</td>
              <td className="number">{number(run.changed)}</td>
              <td className="number">{number(run.engineMs, 1)} ms</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
