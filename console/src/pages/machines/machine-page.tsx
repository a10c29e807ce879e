import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLiveMachine, useLossLedger, useMachineDay } from '../../api/machines.ts';
import { Answer } from '../../ui/answer.tsx';
import { calendarDay } from '../../ui/format.ts';
import { Page, Panel } from '../../ui/page.tsx';
import { DayPicker } from './day-picker.tsx';
import { HoursChart } from './hours-chart.tsx';
import { KpiFormulas } from './kpi-formulas.tsx';
import { LossLedgerTable } from './loss-ledger-table.tsx';
import { MachineAlarms, MachineCommands } from './machine-affairs.tsx';
import { MachineFacts } from './machine-facts.tsx';
import { RawRecords } from './raw-records.tsx';
import { useSiteDay } from './site-day.ts';
import { TimelineChart } from './timeline-chart.tsx';
import { WaterfallChart } from './waterfall-chart.tsx';
import './machines.css';

export function MachinePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { machineId } = useParams({ from: '/frame/machines/$machineId' });
  const live = useLiveMachine(machineId);
  const { today, zone } = useSiteDay(live.data?.siteId);
  const [chosen, setChosen] = useState<string | null>(null);
  const shownDay = chosen ?? today;
  const day = useMachineDay(machineId, shownDay);
  const ledger = useLossLedger(machineId);
  return (
    <Page
      title={live.data?.machineCode ?? t('machine.title')}
      lead={live.data ? `${live.data.machineName} · ${live.data.siteName}` : undefined}
      onBack={() => void navigate({ to: '/machines' })}
      actions={
        shownDay && today ? (
          <DayPicker
            day={shownDay}
            today={today}
            onChange={(next) => setChosen(next === today ? null : next)}
          />
        ) : null
      }
    >
      <div className="machine-detail">
        <Answer query={live} skeleton="cards">
          {(machine) => <MachineFacts machine={machine} />}
        </Answer>
        <MachineAlarms machineId={machineId} />
        <Answer query={day} skeleton="page">
          {(data) => (
            <>
              <Panel
                title={t('machine.timeline')}
                hint={t('machine.day-zone', { day: calendarDay(data.day), zone: data.zone })}
              >
                <TimelineChart day={data} />
              </Panel>
              <Panel className="half" title={t('machine.hours')} hint={t('machine.hours-hint')}>
                <HoursChart day={data} machine={live.data} />
              </Panel>
              <Panel className="half" title={t('machine.waterfall')} hint={t('machine.waterfall-hint')}>
                <WaterfallChart day={data} />
              </Panel>
              <Panel className="wide" title={t('machine.kpis')} hint="ISO 22400-2">
                <KpiFormulas sheet={data.oee} />
              </Panel>
              <Panel className="slim" title={t('machine.ledger')} hint={t('machine.ledger-hint')}>
                <Answer query={ledger}>
                  {(rows) => <LossLedgerTable ledger={rows} zone={zone ?? data.zone} />}
                </Answer>
              </Panel>
              <Panel
                title={t('machine.records')}
                hint={t('machine.records-hint', { records: data.source.records })}
              >
                <RawRecords key={data.day} machineId={machineId} day={data} />
              </Panel>
            </>
          )}
        </Answer>
        <MachineCommands machineId={machineId} machineName={live.data?.machineName ?? ''} />
      </div>
    </Page>
  );
}
