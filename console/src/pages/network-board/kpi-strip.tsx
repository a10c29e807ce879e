import type { Board } from '@millrace/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { number, percent } from '../../ui/format.ts';

type Props = Readonly<{ kpis: Board['kpis'] }>;

export function KpiStrip({ kpis }: Props) {
  const { t } = useTranslation();
  const runningShare = kpis.machinesConnected > 0 ? kpis.machinesRunning / kpis.machinesConnected : null;
  return (
    <div className="kpi-strip">
      <Tile label={t('board.kpi.machines')} to="/machines" meter={runningShare}>
        <Big value={number(kpis.machinesRunning)} />
        <Rest>
          {t('board.kpi.of-connected', {
            connected: number(kpis.machinesConnected),
            total: number(kpis.machinesTotal),
          })}
        </Rest>
      </Tile>
      <Tile label={t('board.kpi.oee')} to="/machines" meter={kpis.oee}>
        <Big
          value={kpis.oee === null ? '—' : number(kpis.oee * 100, 1)}
          unit={kpis.oee === null ? '' : '%'}
        />
        <Rest>{t('board.kpi.oee-note')}</Rest>
      </Tile>
      <Tile label={t('board.kpi.idle')} to="/matching">
        <Big value={number(kpis.idleHours24h)} unit={t('unit.machine-hours')} />
        <Rest>{t('board.kpi.idle-7d', { hours: number(kpis.idleHours7d) })}</Rest>
      </Tile>
      <Tile label={t('board.kpi.orders')} to="/orders" tone={kpis.ordersAtRisk > 0 ? 'warning' : 'plain'}>
        <Big value={number(kpis.ordersOpen)} unit={t('unit.lines')} />
        <Rest>
          {kpis.ordersAtRisk > 0
            ? t('board.kpi.at-risk', { lines: number(kpis.ordersAtRisk) })
            : t('board.kpi.none-at-risk')}
        </Rest>
      </Tile>
      <Tile label={t('board.kpi.kept')} to="/orders" meter={kpis.keptPromises}>
        <Big
          value={kpis.keptPromises === null ? '—' : number(kpis.keptPromises * 100, 1)}
          unit={kpis.keptPromises === null ? '' : '%'}
        />
        <Rest>
          {kpis.linesReceived30d === 0
            ? t('board.kpi.none-received')
            : t('board.kpi.received', { lines: number(kpis.linesReceived30d) })}
        </Rest>
      </Tile>
    </div>
  );
}

type TileProps = Readonly<{
  label: string;
  to: string;
  /** 0–1, drawn as a thin bar; null = nothing to draw. */
  meter?: number | null;
  tone?: 'plain' | 'warning';
  children: ReactNode;
}>;

function Tile({ label, to, meter = null, tone = 'plain', children }: TileProps) {
  return (
    <Link to={to} className={`plain kpi kpi-${tone}`}>
      <span className="kpi-label">{label}</span>
      {children}
      {meter === null ? null : (
        <span className="kpi-meter" role="presentation" title={percent(meter, 1)}>
          <span style={{ width: `${Math.round(Math.min(1, Math.max(0, meter)) * 100)}%` }} />
        </span>
      )}
    </Link>
  );
}

function Big({ value, unit = '' }: { readonly value: string; readonly unit?: string }) {
  return (
    <span className="kpi-value">
      {value}
      {unit ? <small>{unit}</small> : null}
    </span>
  );
}

function Rest({ children }: { readonly children: ReactNode }) {
  return <span className="kpi-rest">{children}</span>;
}
