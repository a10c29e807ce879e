import type { EdgeAnswer, TagQuality, TagValue } from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { gatewayApi } from '../../api/gateway.ts';
import type { Draft, DraftTag } from './draft.ts';

/** The next look begins so long after the last was answered. */
const AGAIN_MS = 1_200;
/** As many as one question may name. */
const READ_MAX = 64;

export type LiveValue = Readonly<{
  value: TagValue;
  quality: TagQuality;
  error: string | null;
  /** The first good value since somebody watches. */
  first: TagValue;
}>;
export type LiveValues = Readonly<{
  of: (tag: DraftTag) => LiveValue | undefined;
  /** In words, when nothing at all could be read. */
  error: string | null;
  fault: Error | null;
}>;

/** Values as the machine gives them now, read again and again while the page is looked at. */
export function useLiveValues(draft: Draft): LiveValues {
  const { gateway, connection } = draft;
  const wanted = draft.tags.filter(({ address }) => address !== '').slice(0, READ_MAX);
  const addresses = wanted.map(({ address, type, wordOrder }) => ({
    address,
    ...(type ? { type } : {}),
    ...(wordOrder ? { wordOrder } : {}),
  }));
  const firsts = useRef(new Map<string, TagValue>());
  const query = useQuery({
    queryKey: ['live-values', gateway?.id, connection?.driver, connection?.settings, addresses],
    queryFn: ({ signal }): Promise<EdgeAnswer> =>
      gatewayApi.ask(
        gateway?.id ?? '',
        { kind: 'read', driver: connection?.driver ?? '', settings: { ...connection?.settings }, addresses },
        signal,
      ),
    enabled: gateway !== null && connection !== null && addresses.length > 0,
    refetchInterval: AGAIN_MS,
    gcTime: 0,
    staleTime: 0,
    retry: false,
    placeholderData: (before) => before,
  });
  const values = query.data?.values;
  useEffect(() => {
    for (const { address, value, quality } of values ?? []) {
      if (quality === 'good' && !firsts.current.has(address)) firsts.current.set(address, value);
    }
  }, [values]);
  return {
    of: ({ address }) => {
      const found = values?.find((one) => one.address === address);
      return found && { ...found, first: firsts.current.get(address) ?? found.value };
    },
    error: query.data?.error ?? null,
    fault: query.error,
  };
}
