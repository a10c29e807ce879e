import type { DomainClock } from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { request } from '../api/request.ts';

/** Drift of a quartz over half a minute is invisible; a changed speed is noticed within it. */
const RESYNC_MS = 30_000;

export function useDomainClock() {
  return useQuery({
    queryKey: ['clock'],
    queryFn: async ({ signal }) => {
      const clock = await request<DomainClock>('GET', '/clock', { signal });
      return { ...clock, heardAt: performance.now() };
    },
    refetchInterval: RESYNC_MS,
    staleTime: RESYNC_MS,
  });
}

/** The network's now, which runs faster in the demonstration. Wall time until the server has said. */
export function useDomainNow(everyMs = 1_000): number {
  const { data } = useDomainClock();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return data ? data.now + (performance.now() - data.heardAt) * data.speed : Date.now();
}
