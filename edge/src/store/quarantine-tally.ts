import { QUARANTINE_GROUPS_MAX, type QuarantineGroup } from '@millrace/contract';
import type { Quarantined } from './quarantine-file.ts';

/** Pairs of machine and reason that are told apart; a collector that invents machines must not fill the memory. */
const GROUPS_MAX = 1_000;

/** What lies in a file of the quarantine. */
export class QuarantineTally {
  records = 0;
  alarms = 0;
  /** Of the first and the last item; epoch ms. */
  fromAt = Number.POSITIVE_INFINITY;
  toAt = 0;
  readonly #groups = new Map<string, QuarantineGroup>();

  add(row: Quarantined): void {
    const { item, code } = row;
    const at = instantOf(row);
    if ('minute' in item) this.records++;
    else this.alarms++;
    this.fromAt = Math.min(this.fromAt, at);
    this.toAt = Math.max(this.toAt, at);
    this.#take({ code, machine: item.machine, items: 1, fromAt: at, toAt: at });
  }

  merge(other: QuarantineTally): this {
    this.records += other.records;
    this.alarms += other.alarms;
    this.fromAt = Math.min(this.fromAt, other.fromAt);
    this.toAt = Math.max(this.toAt, other.toAt);
    for (const group of other.#groups.values()) this.#take(group);
    return this;
  }

  items(): number {
    return this.records + this.alarms;
  }

  /** The most first. */
  groups(): QuarantineGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.items - a.items).slice(0, QUARANTINE_GROUPS_MAX);
  }

  #take(group: QuarantineGroup): void {
    const key = JSON.stringify([group.code, group.machine]);
    const before = this.#groups.get(key);
    if (before === undefined && this.#groups.size >= GROUPS_MAX) return;
    this.#groups.set(key, {
      ...group,
      items: group.items + (before?.items ?? 0),
      fromAt: Math.min(group.fromAt, before?.fromAt ?? group.fromAt),
      toAt: Math.max(group.toAt, before?.toAt ?? group.toAt),
    });
  }
}

const instantOf = ({ item }: Quarantined): number => ('minute' in item ? item.minute : item.at);
