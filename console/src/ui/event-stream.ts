import { useEffect, useRef, useState } from 'react';
import { addressOf, type QueryValues } from '../api/request.ts';

/** Listens to one kind of server-sent event. The browser reconnects by itself; `live` says whether it is connected. */
export function useEventStream<T>(
  path: string,
  event: string,
  onData: (data: T) => void,
  query?: QueryValues,
): boolean {
  const [live, setLive] = useState(false);
  const handler = useRef(onData);
  handler.current = onData;
  const address = addressOf(path, query);
  useEffect(() => {
    const source = new EventSource(address);
    source.addEventListener('open', () => setLive(true));
    source.addEventListener('error', () => setLive(false));
    source.addEventListener(event, (message: MessageEvent<string>) => {
      // The wire: the server validates what it sends against the contract.
      handler.current(JSON.parse(message.data) as T);
    });
    return () => source.close();
  }, [address, event]);
  return live;
}
