/** Preloaded into programs of the demonstration: when the simulator is gone, however it went, they end in order. */
import { isMainThread } from 'node:worker_threads';

if (isMainThread && process.channel) {
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
