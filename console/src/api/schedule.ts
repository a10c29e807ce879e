import type {
  ApplySchedule,
  CurrentSchedule,
  SchedulePin,
  SchedulePreview,
  SiteSchedule,
} from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { request } from './request.ts';

const OFTEN_MS = 15_000;
/** While an order of work is being computed (wall). */
const RUNNING_EVERY_MS = 400;

export const scheduleKey = (siteId: string | undefined) => ['site-schedule', siteId];

export function useSiteSchedule(siteId: string | undefined) {
  return useQuery({
    queryKey: scheduleKey(siteId),
    queryFn: ({ signal }) => request<SiteSchedule>('GET', `/sites/${siteId}/schedule`, { signal }),
    enabled: siteId !== undefined,
    refetchInterval: OFTEN_MS,
  });
}

/** Asked only while this page waits for an answer. */
export function useCurrentSchedule(siteId: string, isWaiting: boolean) {
  return useQuery({
    queryKey: ['site-schedule-current', siteId],
    queryFn: ({ signal }) => request<CurrentSchedule>('GET', `/sites/${siteId}/schedule/current`, { signal }),
    enabled: isWaiting,
    refetchInterval: RUNNING_EVERY_MS,
  });
}

export const schedule = {
  preview: (siteId: string, pins: readonly SchedulePin[]) =>
    request<SchedulePreview>('POST', `/sites/${siteId}/schedule/preview`, { body: { pins } }),
  stop: (siteId: string, keep: boolean) =>
    request<CurrentSchedule>('POST', `/sites/${siteId}/schedule/current/stop`, { body: { keep } }),
  apply: (siteId: string, body: ApplySchedule) =>
    request<SiteSchedule>('POST', `/sites/${siteId}/schedule`, { body }),
};
