import type {
  CommandSwitch,
  EdgeAnswer,
  EdgeRequest,
  EnrolmentCode,
  Gateway,
  GatewayConfig,
  GatewayConfigVersion,
  GatewayHealth,
  GatewayRequest,
  GatewaySummary,
  GatewayToken,
  Machine,
  MachineCommand,
  NewGateway,
  NewGatewayConfig,
  NewMachine,
  NewMachineCommand,
  NewSite,
  NewWorkCenter,
  Site,
  StoredEdgeAlarm,
  WorkCenter,
} from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { allOf } from './all-of.ts';
import { useList } from './orders.ts';
import type { Page } from './page.ts';
import { ApiProblem, request } from './request.ts';

/** Agents tell their health at least every 25 s, at once when something changed. */
const HEALTH_EVERY_MS = 3_000;
const LIST_EVERY_MS = 5_000;

/** As many as a page may hold: those with an agent are shown first, whatever their place in the list. */
const SUMMARIES_ROWS = 500;
export const useGatewaySummaries = () =>
  useList<GatewaySummary>('/gateway-summaries', { limit: SUMMARIES_ROWS }, LIST_EVERY_MS);

export function useGateway(gatewayId: string) {
  return useQuery({
    queryKey: ['gateway', gatewayId],
    queryFn: async ({ signal }) =>
      (await allOf<Gateway>('/gateways', signal)).find(({ id }) => id === gatewayId) ?? null,
  });
}

export function useGatewayHealth(gatewayId: string | undefined, everyMs = HEALTH_EVERY_MS) {
  return useQuery({
    queryKey: ['gateway-health', gatewayId],
    queryFn: ({ signal }) => request<GatewayHealth>('GET', `/gateways/${gatewayId}/health`, { signal }),
    refetchInterval: everyMs,
    enabled: gatewayId !== undefined,
  });
}

/** Null until the first version was written. */
export function useGatewayConfig(gatewayId: string | undefined) {
  return useQuery({
    queryKey: ['gateway-config', gatewayId],
    queryFn: ({ signal }) => newestConfig(gatewayId ?? '', signal),
    refetchInterval: LIST_EVERY_MS,
    enabled: gatewayId !== undefined,
  });
}

/** Asked through the list, because the lack of any version is no error. */
async function newestConfig(gatewayId: string, signal?: AbortSignal): Promise<GatewayConfig | null> {
  const at = signal ? { signal } : {};
  const path = `/gateways/${gatewayId}/config`;
  const { rows } = await request<Page<GatewayConfigVersion>>('GET', `${path}/versions`, {
    query: { limit: 1 },
    ...at,
  });
  return rows.length === 0 ? null : request<GatewayConfig>('GET', path, at);
}

export function useConfigVersion(gatewayId: string, version: number | null) {
  return useQuery({
    queryKey: ['gateway-config', gatewayId, version],
    queryFn: ({ signal }) =>
      request<GatewayConfig>('GET', `/gateways/${gatewayId}/config/versions/${version}`, { signal }),
    enabled: version !== null,
  });
}

export const useConfigVersions = (gatewayId: string) =>
  useList<GatewayConfigVersion>(`/gateways/${gatewayId}/config/versions`, {}, LIST_EVERY_MS);

export const useEdgeAlarms = (gatewayId: string) =>
  useList<StoredEdgeAlarm>('/alarms', { gatewayId, active: true }, LIST_EVERY_MS);

/** Of a page of standing alarms: who has more than that reads them at the gateway. */
const ALARMS_COUNTED = 500;

/** How many alarms stand at each gateway. */
export function useAlarmCounts() {
  return useQuery({
    queryKey: ['alarm-counts'],
    queryFn: async ({ signal }) => {
      const query = { active: true, limit: ALARMS_COUNTED };
      const { rows } = await request<Page<StoredEdgeAlarm>>('GET', '/alarms', { query, signal });
      const counts = new Map<string, number>();
      for (const { gatewayId } of rows) counts.set(gatewayId, (counts.get(gatewayId) ?? 0) + 1);
      return counts;
    },
    refetchInterval: LIST_EVERY_MS,
  });
}

export const useMachineAlarms = (machineId: string) =>
  useList<StoredEdgeAlarm>('/alarms', { machineId, active: true }, LIST_EVERY_MS);

export const useMachineCommands = (of: { readonly gatewayId: string } | { readonly machineId: string }) =>
  useList<MachineCommand>('/machine-commands', of, HEALTH_EVERY_MS);

export function useCommandSwitch(machineId: string) {
  return useQuery({
    queryKey: ['command-switch', machineId],
    queryFn: ({ signal }) =>
      request<CommandSwitch>('GET', `/machines/${machineId}/command-switch`, { signal }),
  });
}

type MachineFilter = Readonly<{ gatewayId?: string; organisationId?: string }>;

export function useMachineList(filter: MachineFilter, enabled = true) {
  return useQuery({
    queryKey: ['machine-list', filter],
    queryFn: ({ signal }) => allOf<Machine>('/machines', signal, filter),
    enabled,
  });
}

export function useWorkCenters(organisationId: string) {
  return useQuery({
    queryKey: ['work-centers', organisationId],
    queryFn: ({ signal }) => allOf<WorkCenter>('/work-centers', signal, { organisationId }),
  });
}

/** An agent answers within 30 s or not at all; how often it is looked for. */
const LOOK_EVERY_MS = 250;

/** Asks the agent and waits for its answer; what it could not do stands in `error`. */
async function ask(gatewayId: string, body: EdgeRequest, signal?: AbortSignal): Promise<EdgeAnswer> {
  const path = `/gateways/${gatewayId}/requests`;
  const at = signal ? { signal } : {};
  let asked = await request<GatewayRequest>('POST', path, { body, ...at });
  // Ends by the platform: after 30 s the request has expired.
  while (asked.state === 'pending') {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    asked = await request<GatewayRequest>('GET', `${path}/${asked.id}`, at);
  }
  if (asked.answer) return asked.answer;
  const code = 'gateway-no-answer';
  const detail = 'The agent did not answer within half a minute.';
  throw new ApiProblem({ type: `urn:millrace:refusal:${code}`, title: code, status: 0, detail, code });
}

export const gatewayApi = {
  ask,
  newestConfig,
  make: (body: NewGateway) => request<GatewayToken>('POST', '/gateways', { body }),
  enrolmentCode: (id: string) =>
    request<EnrolmentCode>('POST', `/gateways/${id}/enrolment-code`, { body: {} }),
  rotate: (id: string) => request<Gateway>('POST', `/gateways/${id}/rotation`, { body: {} }),
  newToken: (id: string) => request<GatewayToken>('POST', `/gateways/${id}/token`),
  revoke: (id: string) => request<void>('DELETE', `/gateways/${id}`),
  putConfig: (id: string, body: NewGatewayConfig) =>
    request<GatewayConfig>('PUT', `/gateways/${id}/config`, { body }),
  restore: (id: string, version: number, basedOn: number) =>
    request<GatewayConfig>('POST', `/gateways/${id}/config/versions/${version}/restore`, {
      body: { basedOn },
    }),
  makeSite: (body: NewSite) => request<Site>('POST', '/sites', { body }),
  makeWorkCenter: (body: NewWorkCenter) => request<WorkCenter>('POST', '/work-centers', { body }),
  makeMachine: (body: NewMachine) => request<Machine>('POST', '/machines', { body }),
  assign: (machineId: string, gatewayId: string) =>
    request<Machine>('PATCH', `/machines/${machineId}`, { body: { gatewayId } }),
  sendCommand: (body: NewMachineCommand) => request<MachineCommand>('POST', '/machine-commands', { body }),
  approveCommand: (id: string) =>
    request<MachineCommand>('POST', `/machine-commands/${id}/approval`, { body: {} }),
  withdrawCommand: (id: string) =>
    request<MachineCommand>('POST', `/machine-commands/${id}/withdrawal`, { body: {} }),
  switchCommands: (machineId: string, enabled: boolean) =>
    request<CommandSwitch>('PUT', `/machines/${machineId}/command-switch`, { body: { enabled } }),
} as const;
