import type { BrowseNode, CountSource, MachineState, StateSource, TagValue } from '@millrace/contract';
import type { Draft, DraftTag } from './draft.ts';

export const ROLES = ['none', 'count', 'state', 'energy', 'signal'] as const;
export type Role = (typeof ROLES)[number];

export function roleOf(draft: Draft, { name }: DraftTag): Role {
  if (draft.count?.tag === name) return 'count';
  if (draft.state && 'tag' in draft.state && draft.state.tag === name) return 'state';
  if (draft.energy?.tag === name) return 'energy';
  return draft.signals.includes(name) ? 'signal' : 'none';
}

/** Idle after a minute without a piece, until somebody knows better. */
const IDLE_AFTER_S = 60;
const MOTION: StateSource = { from: 'motion', idleAfterS: IDLE_AFTER_S };

/** Each machine has one count, one state and one meter: taking the role takes it away from another tag. */
export function withRole(draft: Draft, tag: DraftTag, role: Role, value: TagValue | undefined): Draft {
  const free = withoutTag(draft, tag.name);
  const { name } = tag;
  switch (role) {
    case 'none':
      return free;
    case 'signal':
      return { ...free, signals: [...free.signals, name] };
    case 'energy':
      return { ...free, energy: { tag: name, kind: 'meter' } };
    case 'state':
      return { ...free, state: { from: 'signal', tag: name } };
    case 'count':
      return { ...free, count: countFrom(tag, value), state: free.state ?? MOTION };
  }
}

/** A truth value is a pulse, a number a counter that wraps at its own width. */
function countFrom({ name, type }: DraftTag, value: TagValue | undefined): CountSource {
  if (type === 'bool' || typeof value === 'boolean') return { from: 'pulse', tag: name, debounceMs: 5 };
  const modulus =
    type === 'uint16' || type === 'int16'
      ? 65_536
      : type === 'uint32' || type === 'int32'
        ? 4_294_967_296
        : undefined;
  return { from: 'counter', tag: name, ...(modulus ? { modulus } : {}) };
}

export function withoutTag(draft: Draft, name: string): Draft {
  const { count, state, energy } = draft;
  const isState = state !== null && 'tag' in state && state.tag === name;
  const isCount = count?.tag === name;
  const noMotion = isCount && state?.from === 'motion';
  return {
    ...draft,
    count: isCount ? null : count,
    state: isState ? (count && !isCount ? MOTION : null) : noMotion ? null : state,
    energy: energy?.tag === name ? null : energy,
    signals: draft.signals.filter((one) => one !== name),
  };
}

const NAME_MAX = 64;

/** A name as expressions write it, made of what the far side calls the value. */
export function tagName(wanted: string, taken: readonly DraftTag[]): string {
  const words = wanted
    .replaceAll(/[^a-zA-Z0-9]+/g, ' ')
    .trim()
    .split(' ');
  const joined = words.map((word, i) => (i === 0 ? lowerFirst(word) : upperFirst(word))).join('');
  const base = (/^[a-z]/.test(joined) ? joined : `tag${upperFirst(joined)}`).slice(0, NAME_MAX - 4);
  let name = base;
  for (let n = 2; taken.some((one) => one.name === name); n++) name = `${base}${n}`;
  return name;
}

const lowerFirst = (word: string): string => word.charAt(0).toLowerCase() + word.slice(1);
const upperFirst = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** A node that was chosen while browsing: it fills the first tag that waits for an address, else it is a new one. */
export function takeNode(draft: Draft, node: BrowseNode): Draft {
  const meant =
    node.meaning === 'count' || node.meaning === 'state' || node.meaning === 'energy' ? node.meaning : null;
  const waiting = draft.tags.filter(({ address }) => address === '');
  const fits =
    waiting.find((tag) => meant !== null && roleOf(draft, tag) === meant) ??
    (meant === null ? waiting[0] : undefined);
  if (fits) {
    const filled = { ...fits, address: node.address };
    return { ...draft, tags: draft.tags.map((tag) => (tag === fits ? filled : tag)) };
  }
  const tag: DraftTag = { name: tagName(node.name, draft.tags), address: node.address };
  const added = { ...draft, tags: [...draft.tags, tag] };
  const held = added.tags.some((one) => meant !== null && roleOf(added, one) === meant);
  return meant && !held ? withRole(added, tag, meant, node.value) : added;
}

/** Pieces since somebody watches; null when they cannot be told from two looks. */
export function piecesSince(count: CountSource, first: TagValue, now: TagValue): number | null {
  if (count.from !== 'counter' || typeof first !== 'number' || typeof now !== 'number') return null;
  const rise = now >= first ? now - first : count.modulus ? now + count.modulus - first : now;
  return rise * (count.pieces ?? 1);
}

const STATES: readonly string[] = ['running', 'idle', 'setup', 'down', 'off', 'unknown'];

/** The state that the value would give; null when it depends on more than this value. */
export function stateBy(state: StateSource, value: TagValue): MachineState | null {
  if (state.from === 'signal') {
    if (value === null) return 'unknown';
    if (state.values) return state.values.some((one) => one === value) ? 'running' : 'idle';
    if (typeof value === 'string') return STATES.includes(value) ? (value as MachineState) : 'unknown';
    return value === true || (typeof value === 'number' && value !== 0) ? 'running' : 'idle';
  }
  if (state.from === 'current' && typeof value === 'number') {
    if (value > state.runningAbove) return 'running';
    if (state.offBelow !== undefined && value < state.offBelow) return 'off';
    return value < state.idleBelow ? 'idle' : null;
  }
  return null;
}
