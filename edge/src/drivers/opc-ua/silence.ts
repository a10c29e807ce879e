const CHECK_MS = 1_000;
/** A check that comes so late means that this process slept or was busy; what arrived meanwhile has not been read yet. */
const OVERSLEPT_MS = 3_000;

/** Notices when nothing is heard any more. By the monotonic clock: somebody may set the other one. */
export interface Silence {
  heard(): void;
  stop(): void;
}

/** `silent` is called at each check after `maxMs` without a word, until it is heard or stopped. */
export function watchSilence(maxMs: () => number, silent: () => void): Silence {
  let lastHeard = performance.now();
  let lastCheck = lastHeard;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - lastCheck > OVERSLEPT_MS) lastHeard = now;
    lastCheck = now;
    if (now - lastHeard > maxMs()) silent();
  }, CHECK_MS);
  return {
    heard: () => {
      lastHeard = performance.now();
    },
    stop: () => clearInterval(timer),
  };
}
