/** A birth of a big node is some hundred kilobytes: it is not asked for more often, whatever the node does. */
const FIRST_PAUSE_MS = 2_000;
/** Pause doubles while a node does not answer, for it is off or does not obey. */
const LAST_PAUSE_MS = 300_000;

interface Request {
  askedAt: number;
  pauseMs: number;
}

/** Decides when an edge node is asked for its rebirth. */
export class RebirthDesk {
  readonly #requests = new Map<string, Request>();

  /** Whether to ask now; the answer is yes at most once in each pause. */
  mayAsk(node: string, now: number): boolean {
    const request = this.#requests.get(node);
    if (!request) {
      this.#requests.set(node, { askedAt: now, pauseMs: FIRST_PAUSE_MS });
      return true;
    }
    if (now - request.askedAt < request.pauseMs) return false;
    request.askedAt = now;
    request.pauseMs = Math.min(request.pauseMs * 2, LAST_PAUSE_MS);
    return true;
  }

  /** It was born: the next request is the first again, but not sooner than its pause. */
  answered(node: string): void {
    const request = this.#requests.get(node);
    if (request) request.pauseMs = FIRST_PAUSE_MS;
  }
}
