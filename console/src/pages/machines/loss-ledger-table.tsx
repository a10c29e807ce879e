import type { LossLedger } from '@millrace/contract';
import { useTranslation } from 'react-i18next';
import { duration, instant, minutes, number } from '../../ui/format.ts';
import { Pill } from '../../ui/pill.tsx';

const PARTS = ['accepted', 'duplicate', 'conflict', 'rejected'] as const;

type Props = Readonly<{ ledger: LossLedger; zone: string | undefined }>;

/** received = accepted + duplicate + conflict + rejected, checked here again before it is claimed. */
export function LossLedgerTable({ ledger, zone }: Props) {
  const { t } = useTranslation();
  const sum = PARTS.reduce((total, part) => total + ledger[part], 0);
  const addsUp = sum === ledger.received;
  return (
    <div className="stack">
      <table className="table">
        <tbody>
          <tr>
            <td>{t('ledger.received')}</td>
            <td className="number">{number(ledger.received)}</td>
          </tr>
          {PARTS.map((part) => (
            <tr key={part}>
              <td>
                {part === 'accepted' ? '= ' : '+ '}
                {t(`ledger.${part}`)}
              </td>
              <td className="number">{number(ledger[part])}</td>
            </tr>
          ))}
          <tr>
            <td>{t('ledger.late')}</td>
            <td className="number">{number(ledger.late)}</td>
          </tr>
          <tr>
            <td>{t('ledger.gaps')}</td>
            <td className="number">{minutes(ledger.gapMinutes)}</td>
          </tr>
        </tbody>
      </table>
      <Pill tone={addsUp ? 'success' : 'alarm'}>{addsUp ? t('ledger.adds-up') : t('ledger.does-not')}</Pill>
      {ledger.gaps.length > 0 ? (
        <details>
          <summary>{t('ledger.gap-list', { gaps: number(ledger.gaps.length) })}</summary>
          <ul>
            {ledger.gaps.map((gap) => (
              <li key={gap.from}>
                {instant(gap.from, 'moment', zone)} – {instant(gap.to, 'time', zone)} ·{' '}
                {duration(gap.to - gap.from)}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
