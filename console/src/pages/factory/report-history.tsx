import { useTranslation } from 'react-i18next';
import { useOutputReports } from '../../api/factory.ts';
import { Answer } from '../../ui/answer.tsx';
import { instant, number } from '../../ui/format.ts';

/** Who or what counted how many, when: the evidence of the progress bar. */
export function ReportHistory({ productionOrderId }: { readonly productionOrderId: string }) {
  const { t } = useTranslation();
  const reports = useOutputReports(productionOrderId);
  return (
    <Answer query={reports}>
      {({ rows }) =>
        rows.length === 0 ? (
          <p className="soft">{t('production.no-reports')}</p>
        ) : (
          <ul className="report-history">
            {rows.map((report) => (
              <li key={report.id}>
                <span>{instant(report.at)}</span>
                <span>
                  {t('production.report-row', { good: number(report.good), scrap: number(report.scrap) })}
                  {report.scrapReason ? ` (${report.scrapReason})` : ''}
                </span>
                <span className="soft">
                  {t(`report-source.${report.source}`)}
                  {report.reportedBy ? ` · ${report.reportedBy}` : ''}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Answer>
  );
}
