import { IxButton } from '@siemens/ix-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useConfigVersion, useGatewayHealth } from '../../api/gateway.ts';
import { useLiveMachine, useRawRecords } from '../../api/machines.ts';
import { useSaid } from '../../i18n/said.tsx';
import { browserZone, countdown, instant, number } from '../../ui/format.ts';
import { MachineStatePill } from '../../ui/pill.tsx';
import { FaultList } from './fault-list.tsx';
import { StatusPill } from './status-pill.tsx';
import { StepFrame } from './step-frame.tsx';
import type { StepProps } from './wizard-page.tsx';

const MINUTE_MS = 60_000;
/** Records shown: enough to see that they go on. */
const SHOWN_MINUTES = 10;
const WATCH_EVERY_MS = 1_500;

/** The agent takes the configuration, the first minute ends, its record is here. */
export function StepRecords({ draft, change, back, restart }: StepProps) {
  const { t } = useTranslation();
  const say = useSaid();
  const navigate = useNavigate();
  const { saved, machine, gateway } = draft;
  const version = useConfigVersion(gateway?.id ?? '', saved?.version ?? null);
  const live = useLiveMachine(machine?.id ?? '', WATCH_EVERY_MS);
  const health = useGatewayHealth(gateway?.id, WATCH_EVERY_MS);
  const last = live.data?.lastMinute ?? null;
  const arrived = saved !== null && last !== null && last > (saved.lastMinute ?? 0);
  const { refetch } = version;
  const faults = version.data?.faults ?? [];
  const applied =
    version.data?.appliedAt != null || (health.data?.health?.configVersion ?? 0) >= (saved?.version ?? 1);
  useEffect(() => {
    if (applied || faults.length > 0) return;
    const timer = setInterval(() => void refetch(), WATCH_EVERY_MS);
    return () => clearInterval(timer);
  }, [applied, faults.length, refetch]);
  useEffect(() => {
    if (arrived && draft.doneAt === null) change({ doneAt: Date.now() });
  }, [arrived, draft.doneAt, change]);
  const tags = version.data?.config.machines.find((one) => one.machine === machine?.code)?.tags ?? [];
  // Another machine's line may be broken too; that is told on the gateway's page.
  const connection = health.data?.health?.connections.find(
    ({ code, error }) => error !== null && tags.some((tag) => tag.connection === code),
  );
  return (
    <StepFrame
      title={
        arrived ? t('onboarding.done-title', { machine: machine?.name ?? '' }) : t('onboarding.records-title')
      }
      lead={
        arrived && draft.doneAt !== null
          ? t('onboarding.done-lead', { time: countdown(draft.doneAt - draft.begunAt) })
          : t('onboarding.records-lead')
      }
      onBack={arrived ? undefined : back}
    >
      <ol className="course">
        <Mark done text={t('onboarding.course-saved', { version: saved?.version ?? 0 })} />
        <Mark done={applied} failed={faults.length > 0} text={t('onboarding.course-applied')} />
        <Mark done={arrived} text={t(arrived ? 'onboarding.course-recorded' : 'onboarding.course-record')} />
      </ol>
      {faults.length > 0 ? <FaultList title={t('gateways.refused')} faults={faults} /> : null}
      {connection && !arrived ? (
        <p className="late" role="alert">
          {connection.code}: {say(connection.error ?? '')}
        </p>
      ) : null}
      {arrived ? <Records machineId={machine?.id ?? ''} last={last} /> : null}
      {arrived ? (
        <div className="wizard-ways">
          <IxButton variant="secondary" onClick={restart}>
            {t('onboarding.another')}
          </IxButton>
          <IxButton onClick={() => void navigate({ to: `/machines/${machine?.id}` })}>
            {t('onboarding.open-machine')}
          </IxButton>
          <Link to={`/gateways/${gateway?.id}`}>{t('onboarding.open-gateway')}</Link>
        </div>
      ) : null}
    </StepFrame>
  );
}

function Mark({ done, failed = false, text }: Readonly<{ done: boolean; failed?: boolean; text: string }>) {
  const { t } = useTranslation();
  const state = failed ? 'failed' : done ? 'done' : 'waits';
  return (
    <li className={`course-${state}`}>
      <StatusPill tone={failed ? 'alarm' : done ? 'success' : 'neutral'}>
        {t(`onboarding.course-${state}`)}
      </StatusPill>
      <span>{text}</span>
    </li>
  );
}

function Records({ machineId, last }: Readonly<{ machineId: string; last: number }>) {
  const { t } = useTranslation();
  const records = useRawRecords(machineId, { from: last - SHOWN_MINUTES * MINUTE_MS, to: last + MINUTE_MS });
  const rows = [...(records.data?.rows ?? [])].reverse();
  return (
    <>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th>{t('record.minute', { zone: browserZone() })}</th>
              <th className="number">{t('record.count')}</th>
              <th className="number">{t('record.running')}</th>
              <th>{t('record.state')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.minute}>
                <td>{instant(row.minute, 'time')}</td>
                <td className="number">{number(row.count)}</td>
                <td className="number">{number(row.runningS)} s</td>
                <td>{row.state ? <MachineStatePill state={row.state} /> : '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {/* Most of the first minute lies before the agent looked; who does not know that takes it for a fault. */}
      {rows.every(({ state }) => state === 'unknown') ? (
        <p className="soft">{t('onboarding.first-minute')}</p>
      ) : null}
    </>
  );
}
