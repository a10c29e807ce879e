import type { MachineDay } from '@millrace/contract';
import { iconDatabase } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRawRecords } from '../../api/machines.ts';
import { Answer } from '../../ui/answer.tsx';
import { instant, number } from '../../ui/format.ts';
import { MachineStatePill } from '../../ui/pill.tsx';

type Props = Readonly<{ machineId: string; day: MachineDay }>;

/** What the gateway said, minute by minute: the ground everything above stands on. Asked for only when opened. */
export function RawRecords({ machineId, day }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const records = useRawRecords(machineId, open ? { from: day.from, to: day.to } : null);
  if (!open) {
    return (
      <div className="row">
        <IxButton variant="secondary" icon={iconDatabase} onClick={() => setOpen(true)}>
          {t('machine.show-records')}
        </IxButton>
        <a href={day.source.href} target="_blank" rel="noreferrer">
          {t('machine.records-api')}
        </a>
      </div>
    );
  }
  return (
    <Answer
      query={records}
      isEmpty={({ rows }) => rows.length === 0}
      empty={{ icon: iconDatabase, title: t('machine.no-records'), text: t('machine.no-records-text') }}
    >
      {({ rows }) => (
        <div className="records table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th>{t('record.minute', { zone: day.zone })}</th>
                <th>{t('machines.state')}</th>
                <th className="number">{t('record.running')}</th>
                <th className="number">{t('record.count')}</th>
                <th className="number">{t('record.energy')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.minute}>
                  <td className="nowrap">{instant(row.minute, 'time', day.zone)}</td>
                  <td>{row.state === null ? '—' : <MachineStatePill state={row.state} />}</td>
                  <td className="number">{number(row.runningS)} s</td>
                  <td className="number">{number(row.count)}</td>
                  <td className="number">{row.energyWh === null ? '—' : `${number(row.energyWh)} Wh`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Answer>
  );
}
