import { setTimeout as sleep } from 'node:timers/promises';

/** Half a minute altogether: by then a test machine has finished what kept it. */
const TRIES = 60;
const PAUSE_MS = 500;

/** A platform that is busy with other tests sheds load before a route is reached, nothing was done; like any client, come again. */
export async function fetchUnshed(url: string, init: RequestInit = {}): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(url, init);
    if (response.status !== 503 || tries === TRIES) return response;
    await response.body?.cancel();
    await sleep(PAUSE_MS);
  }
}
