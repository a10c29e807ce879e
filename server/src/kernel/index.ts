/** The kernel's only door: clock, ids, database, outbox, jobs, HTTP shell. Knows nothing of factories. */
export type { Clock } from './clock.ts';
export { type Config, readConfig, SETTINGS } from './config.ts';
export { type Database, isPassingFailure, openDatabase, PLATFORM, type Scope, type Tx } from './database.ts';
export { type App, createApp } from './http.ts';
export { answer, refusalAnswer } from './http-problem.ts';
export { type Kernel, type KernelOptions, openKernel } from './kernel.ts';
export type { Log } from './log.ts';
export type { Metrics } from './metrics.ts';
export { migrate } from './migrate.ts';
export type { AnyEvent, NewEvent } from './outbox.ts';
export { decodeCursor, encodeCursor, PAGE_DEFAULT, toPage } from './page.ts';
export { assert, Bug, Fault, isRefusal, notFound, type Refusal, refuse } from './refusal.ts';
export { serveWork } from './serve-work.ts';
export { exitCodes, portRefusal, StartRefusal } from './start-refusal.ts';
export {
  createWorkThread,
  ImpossibleTask,
  type WorkControl,
  type WorkLimits,
  type WorkThread,
} from './work-thread.ts';
