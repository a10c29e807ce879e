import type { LiveMachine, MachineState } from '@millrace/contract';
import { MACHINE_STATES } from '@millrace/contract';
import { IxCategoryFilter } from '@siemens/ix-react';
import { useNavigate } from '@tanstack/react-router';
import type { GridApi, GridOptions } from 'ag-grid-community';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDomainNow } from '../../app/domain-clock.ts';
import { useEventStream } from '../../ui/event-stream.ts';
import { number } from '../../ui/format.ts';
import { Grid } from '../../ui/grid.tsx';
import { maskOf } from '../../ui/icon-mask.ts';
import { MACHINE_LOOK } from '../../ui/pill.tsx';
import { machineColumns } from './machine-columns.ts';
import { EQUAL, machineFilter, rememberedFilter, rememberFilter } from './machine-filter.ts';

type Props = Readonly<{ machines: readonly LiveMachine[] }>;

/** Phones show what matters standing in front of the machine. */
const NARROW_PX = 760;
const WIDE_ONLY = ['siteName', 'itemCode', 'since', 'age'];

export function MachineTable({ machines }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const now = useDomainNow(10_000);
  const nowRef = useRef(now);
  nowRef.current = now;
  const rows = useRef(new Map(machines.map((machine) => [machine.machineId, machine])));
  const grid = useRef<GridApi<LiveMachine> | null>(null);
  const [counts, setCounts] = useState(() => countStates(rows.current.values()));
  const siteNames = useMemo(() => [...new Set(machines.map(({ siteName }) => siteName))].sort(), [machines]);
  const [filter, setFilter] = useState(() => rememberedFilter(machines));
  const filterRef = useRef(filter);
  filterRef.current = filter;
  const [shown, setShown] = useState(machines.length);

  const live = useEventStream<readonly LiveMachine[]>('/machine-states/stream', 'machines', (changed) => {
    const known = changed.filter(({ machineId }) => rows.current.has(machineId));
    const fresh = changed.filter(({ machineId }) => !rows.current.has(machineId));
    for (const machine of changed) rows.current.set(machine.machineId, machine);
    grid.current?.applyTransactionAsync({ update: known, add: fresh });
    setCounts(countStates(rows.current.values()));
  });
  const open = useCallback(
    (machine: LiveMachine | undefined) => {
      if (machine) void navigate({ to: '/machines/$machineId', params: { machineId: machine.machineId } });
    },
    [navigate],
  );
  const stateWord = useCallback((state: MachineState) => t(`machine-state.${state}`), [t]);
  const options = useMemo<GridOptions<LiveMachine>>(
    () => ({
      columnDefs: machineColumns(t, () => nowRef.current),
      defaultColDef: { sortable: true, resizable: true, suppressHeaderMenuButton: true },
      rowData: [...rows.current.values()],
      getRowId: ({ data }) => data.machineId,
      isExternalFilterPresent: () => true,
      doesExternalFilterPass: ({ data }) => !data || machineFilter(filterRef.current, data, stateWord),
      onRowClicked: ({ data }) => open(data),
      onCellKeyDown: ({ event, data }) => {
        if (event instanceof KeyboardEvent && event.key === 'Enter') open(data);
      },
      onModelUpdated: ({ api }) => setShown(api.getDisplayedRowCount()),
      onGridSizeChanged: ({ api, clientWidth }) => {
        api.setColumnsVisible(WIDE_ONLY, clientWidth >= NARROW_PX);
        api.setColumnsVisible(['lastHour'], clientWidth >= NARROW_PX);
      },
    }),
    [t, open, stateWord],
  );
  const changeFilter = (next: typeof filter) => {
    // The filter reports every state it is given, also the one it was just given from here.
    if (JSON.stringify(next) === JSON.stringify(filterRef.current)) return;
    setFilter(next);
    filterRef.current = next;
    rememberFilter(next);
    grid.current?.onFilterChanged();
  };
  const toggleState = (state: MachineState) => {
    const word = stateWord(state);
    const has = filter.categories.some((one) => one.id === 'state' && one.value === word);
    const others = filter.categories.filter((one) => !(one.id === 'state' && one.value === word));
    const categories = has ? others : [...others, { id: 'state', value: word, operator: EQUAL }];
    changeFilter({ ...filter, categories });
  };

  return (
    <div className="machines">
      <div className="machines-tools">
        <div className="state-counts">
          {MACHINE_STATES.map((state) => (
            <StateCount
              key={state}
              state={state}
              count={counts[state]}
              pressed={filter.categories.some((one) => one.id === 'state' && one.value === stateWord(state))}
              onPress={() => toggleState(state)}
            />
          ))}
        </div>
        <IxCategoryFilter
          className="machines-filter"
          placeholder={t('machines.filter')}
          labelCategories={t('machines.filter-by')}
          ariaLabelFilterInput={t('machines.filter')}
          i18nPlainText={t('machines.filter-text')}
          ariaLabelResetButton={t('machines.filter-reset')}
          ariaLabelOperatorButton={t('machines.filter-operator')}
          filterState={filter}
          uniqueCategories={false}
          categories={{
            state: { label: t('machines.state'), options: MACHINE_STATES.map(stateWord) },
            site: { label: t('machines.site'), options: siteNames },
          }}
          onFilterChanged={({ detail }) => changeFilter(detail)}
          onFilterCleared={() => changeFilter({ tokens: [], categories: [] })}
        />
        <span className="machines-count">
          {t('machines.shown', { shown: number(shown), total: number(rows.current.size) })}
          <span className={live ? 'live live-on' : 'live'}>
            {live ? t('common.live') : t('common.reconnecting')}
          </span>
        </span>
      </div>
      <Grid
        options={options}
        label={t('machines.title')}
        className="machines-grid"
        onApi={(api) => {
          grid.current = api;
        }}
      />
    </div>
  );
}

type CountProps = Readonly<{ state: MachineState; count: number; pressed: boolean; onPress: () => void }>;

function StateCount({ state, count, pressed, onPress }: CountProps) {
  const { t } = useTranslation();
  const [tone, icon] = MACHINE_LOOK[state];
  return (
    <button type="button" className={`state-count tone-${tone}`} aria-pressed={pressed} onClick={onPress}>
      <span className="pill-icon" style={maskOf(icon)} aria-hidden="true" />
      <strong>{number(count)}</strong>
      {t(`machine-state.${state}`)}
    </button>
  );
}

function countStates(machines: Iterable<LiveMachine>): Record<MachineState, number> {
  const counts: Record<MachineState, number> = { running: 0, idle: 0, setup: 0, down: 0, off: 0, unknown: 0 };
  for (const { state } of machines) counts[state] += 1;
  return counts;
}
