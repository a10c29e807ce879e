import { DriverFault } from '../driver/index.ts';
import type { DriverResult, FromWorker } from './message.ts';

/** Questions that wait for a driver; more would come from a bug of ours. */
const WAITING_MAX = 256;

/** What was asked of a driver in its thread and is not answered yet. */
export interface Questions {
  ask(ask: number, post: () => void): Promise<DriverResult>;
  hear(message: FromWorker & { readonly kind: 'answer' | 'refused' }): void;
  /** Nobody will answer any more: what is under way may be done or not. */
  giveUp(why: string): void;
}

export function createQuestions(): Questions {
  const waiting = new Map<number, PromiseWithResolvers<DriverResult>>();
  return {
    ask: (ask, post) => {
      if (waiting.size >= WAITING_MAX) return Promise.reject(new DriverFault('too many questions at once'));
      const answer = Promise.withResolvers<DriverResult>();
      waiting.set(ask, answer);
      post();
      return answer.promise;
    },
    hear: (message) => {
      const answer = waiting.get(message.ask);
      waiting.delete(message.ask);
      if (message.kind === 'answer') answer?.resolve(message.result);
      else answer?.reject(new DriverFault(message.fault.message, message.fault));
    },
    giveUp: (why) => {
      for (const { reject } of waiting.values()) reject(new DriverFault(why, { unanswered: true }));
      waiting.clear();
    },
  };
}
