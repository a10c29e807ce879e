import type { KpiDefinition } from '@millrace/contract';

/** One definition per figure: board, sheets, API and guides mean the same by the same name [I3]. */
export const KPI_DEFINITIONS: readonly KpiDefinition[] = [
  {
    name: 'availability',
    formula: 'APT / PBT',
    unit: '1',
    source: '/api/v3/machines/{id}/days/{day}',
  },
  {
    name: 'effectiveness',
    formula: 'PRI × PQ / APT',
    unit: '1',
    source: '/api/v3/machines/{id}/days/{day}',
  },
  { name: 'quality', formula: 'GQ / PQ', unit: '1', source: '/api/v3/machines/{id}/days/{day}' },
  {
    name: 'oee',
    formula: 'availability × effectiveness × quality',
    unit: '1',
    source: '/api/v3/machines/{id}/days/{day}',
  },
  {
    name: 'nee',
    formula: '(APT + AUST) / PBT × effectiveness × quality',
    unit: '1',
    source: '/api/v3/machines/{id}/days/{day}',
  },
  {
    name: 'networkOee',
    formula: 'Σ good standard time / Σ PBT, today so far, over machines with a figure',
    unit: '1',
    source: '/api/v3/machine-states',
  },
  {
    name: 'machinesRunning',
    formula: 'machines whose state is running',
    unit: '{machine}',
    source: '/api/v3/machine-states?state=running',
  },
  {
    name: 'machinesConnected',
    formula: 'machines with a record that is not older than the silence limit',
    unit: '{machine}',
    source: '/api/v3/machine-states',
  },
  {
    name: 'machinesTotal',
    formula: 'machines in service',
    unit: '{machine}',
    source: '/api/v3/machines',
  },
  {
    name: 'idleHours24h',
    formula: 'available capacity of the next 24 h = total − used − committed − unattainable',
    unit: 'h',
    source: '/api/v3/capacity?grain=hour',
  },
  {
    name: 'idleHours7d',
    formula: 'available capacity of the next 7 days = total − used − committed − unattainable',
    unit: 'h',
    source: '/api/v3/capacity?grain=day',
  },
  {
    name: 'soldShare',
    formula: '(used + committed) / (used + committed + available), next 7 days of a site',
    unit: '1',
    source: '/api/v3/capacity?grain=day',
  },
  {
    name: 'ordersOpen',
    formula: 'orders that are neither closed nor cancelled',
    unit: '{order}',
    source: '/api/v3/orders',
  },
  {
    name: 'ordersAtRisk',
    formula: 'open orders with a line that is projected late, overdue or without a place',
    unit: '{order}',
    source: '/api/v3/orders?atRisk=true',
  },
  {
    name: 'keptPromises',
    formula: 'lines received on or before the requested date / lines received, last 30 days',
    unit: '1',
    source: '/api/v3/orders',
  },
  {
    name: 'linesReceived30d',
    formula: 'order lines whose last piece was received in the last 30 days',
    unit: '{line}',
    source: '/api/v3/orders',
  },
];
