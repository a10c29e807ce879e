import type { LiveMachine, LossLedger, MachineDay, RawRecord, WorkCenterCapacity } from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import type { Page, Rows } from './page.ts';
import { request } from './request.ts';

/** As many machines as the table must scroll smoothly; the API gives them in one page. */
const MACHINES_MAX = 10_000;
const DETAIL_EVERY_MS = 10_000;

type StateQuery = Readonly<{ siteId?: string | undefined; organisationId?: string | undefined }>;

/** Every machine once; the table then listens to the stream, other pages ask again. */
export function useMachineStates(query: StateQuery = {}, everyMs: number | false = DETAIL_EVERY_MS) {
  return useQuery({
    queryKey: ['machine-states', query],
    queryFn: ({ signal }) =>
      request<Page<LiveMachine>>('GET', '/machine-states', {
        query: { ...query, limit: MACHINES_MAX },
        signal,
      }),
    staleTime: 0,
    gcTime: 0,
    refetchInterval: everyMs,
  });
}

export function useLiveMachine(machineId: string, everyMs = DETAIL_EVERY_MS) {
  return useQuery({
    queryKey: ['machine-live', machineId],
    queryFn: ({ signal }) => request<LiveMachine>('GET', `/machines/${machineId}/live`, { signal }),
    refetchInterval: everyMs,
  });
}

export function useMachineDay(machineId: string, day: string | null) {
  return useQuery({
    queryKey: ['machine-day', machineId, day],
    queryFn: ({ signal }) => request<MachineDay>('GET', `/machines/${machineId}/days/${day}`, { signal }),
    enabled: day !== null,
    refetchInterval: DETAIL_EVERY_MS * 3,
    placeholderData: (before) => before,
  });
}

export function useLossLedger(machineId: string) {
  return useQuery({
    queryKey: ['loss-ledger', machineId],
    queryFn: ({ signal }) => request<LossLedger>('GET', `/machines/${machineId}/loss-ledger`, { signal }),
    refetchInterval: DETAIL_EVERY_MS * 3,
  });
}

export function useRawRecords(machineId: string, span: { from: number; to: number } | null) {
  return useQuery({
    queryKey: ['raw-records', machineId, span],
    queryFn: ({ signal }) =>
      request<Rows<RawRecord>>('GET', `/machines/${machineId}/records`, { query: { ...span }, signal }),
    enabled: span !== null,
  });
}

/** Rate of the machine's group for one item, to hold against what the machine really makes. */
export function useRate(workCenterId: string | undefined, itemCode: string | null | undefined, at: number) {
  const from = at - (at % 3_600_000);
  return useQuery({
    queryKey: ['rate', workCenterId, itemCode],
    queryFn: async ({ signal }) => {
      const { rows } = await request<Rows<WorkCenterCapacity>>('GET', '/capacity', {
        query: { workCenterId, from, to: from + 86_400_000, grain: 'day' },
        signal,
      });
      return rows[0]?.rates.find((rate) => rate.itemCode === itemCode) ?? null;
    },
    enabled: workCenterId !== undefined && Boolean(itemCode),
    staleTime: 60_000,
  });
}
