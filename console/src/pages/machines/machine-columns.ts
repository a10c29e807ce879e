import type { LiveMachine } from '@millrace/contract';
import type { ColDef, ICellRendererParams } from 'ag-grid-community';
import type { TFunction } from 'i18next';
import { duration, number, percent } from '../../ui/format.ts';
import { maskUrl } from '../../ui/icon-mask.ts';
import { MACHINE_LOOK } from '../../ui/pill.tsx';
import { sparkline } from './sparkline.ts';

type Cell = ICellRendererParams<LiveMachine>;
/** A machine that has not spoken for this long is marked: two missed minutes happen, five do not. */
const OLD_MS = 5 * 60_000;

export function machineColumns(t: TFunction, now: () => number): ColDef<LiveMachine>[] {
  return [
    {
      colId: 'state',
      field: 'state',
      headerName: t('machines.state'),
      width: 116,
      cellRenderer: ({ data }: Cell) => (data ? statePill(data, t) : ''),
    },
    {
      field: 'machineCode',
      headerName: t('machines.machine'),
      minWidth: 118,
      flex: 1.2,
      sort: 'asc',
      cellRenderer: ({ data }: Cell) => twoLines(data?.machineCode ?? '', data?.machineName ?? ''),
    },
    { field: 'siteName', headerName: t('machines.site'), minWidth: 160, flex: 1.4 },
    { field: 'itemCode', headerName: t('machines.item'), minWidth: 110, flex: 0.8, valueFormatter: orDash },
    {
      colId: 'countToday',
      field: 'countToday',
      headerName: t('machines.pieces-today'),
      minWidth: 118,
      flex: 1,
      cellRenderer: ({ data }: Cell) => (data ? piecesCell(data, t) : ''),
    },
    {
      field: 'oeeToday',
      headerName: t('machines.oee-today'),
      width: 118,
      type: 'rightAligned',
      valueFormatter: ({ value }) =>
        value === null || value === undefined ? '—' : percent(Number(value), 1),
    },
    {
      colId: 'since',
      headerName: t('machines.since'),
      width: 130,
      type: 'rightAligned',
      valueGetter: ({ data }) => data?.since ?? null,
      valueFormatter: ({ value }) => (value === null ? '—' : duration(now() - Number(value))),
    },
    {
      colId: 'age',
      headerName: t('machines.last-record'),
      width: 140,
      type: 'rightAligned',
      valueGetter: ({ data }) => data?.lastMinute ?? null,
      valueFormatter: ({ value }) =>
        value === null ? t('machines.never') : t('machines.ago', { time: duration(now() - Number(value)) }),
      cellClassRules: { 'cell-old': ({ value }) => value === null || now() - Number(value) > OLD_MS },
    },
    {
      colId: 'lastHour',
      headerName: t('machines.last-hour'),
      width: 160,
      sortable: false,
      cellRenderer: ({ data }: Cell) => (data ? sparkline(data.lastHour) : ''),
    },
  ];
}

function orDash({ value }: { value: unknown }): string {
  return typeof value === 'string' ? value : '—';
}

function statePill({ state }: LiveMachine, t: TFunction): HTMLElement {
  const [tone, icon] = MACHINE_LOOK[state];
  const pill = document.createElement('span');
  pill.className = `pill pill-${tone}`;
  const mark = document.createElement('span');
  mark.className = 'pill-icon';
  mark.style.maskImage = maskUrl(icon);
  pill.append(mark, t(`machine-state.${state}`));
  return pill;
}

function twoLines(first: string, second: string): HTMLElement {
  const cell = document.createElement('span');
  cell.className = 'cell-two';
  const strong = document.createElement('strong');
  strong.textContent = first;
  const soft = document.createElement('span');
  soft.textContent = second;
  cell.append(strong, soft);
  return cell;
}

function piecesCell({ countToday, planToday }: LiveMachine, t: TFunction): HTMLElement {
  const plan =
    planToday === null ? t('machines.no-plan') : t('machines.of-plan', { plan: number(planToday) });
  const cell = twoLines(number(countToday), plan);
  if (planToday !== null && planToday > 0) {
    const bar = document.createElement('span');
    bar.className = 'cell-bar';
    bar.style.setProperty('--share', `${Math.min(100, Math.round((100 * countToday) / planToday))}%`);
    cell.append(bar);
  }
  return cell;
}
