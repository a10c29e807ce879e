import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Draft, freshDraft, withDriver } from './draft.ts';
import { piecesSince, ROLES, type Role, roleOf, stateBy, tagName, takeNode, withRole } from './meaning.ts';

const TAGS = ['a', 'b', 'c'].map((name) => ({ name, address: name }));
const node = { address: 'n', folder: false, tag: true, type: null };

describe('what values mean', () => {
  it('is one count, one state and one meter, in whatever order they are chosen', () => {
    const choices = fc.array(fc.tuple(fc.constantFrom(...TAGS), fc.constantFrom<Role>(...ROLES)));
    fc.assert(
      fc.property(choices, (chosen) => {
        const first: Draft = { ...freshDraft(0), tags: TAGS };
        const draft = chosen.reduce((old, [tag, role]) => withRole(old, tag, role, 1), first);
        for (const role of ['count', 'state', 'energy'] as const) {
          expect(TAGS.filter((tag) => roleOf(draft, tag) === role).length).toBeLessThanOrEqual(1);
        }
        const last = chosen.at(-1);
        if (last) expect(roleOf(draft, last[0])).toBe(last[1]);
        if (draft.state?.from === 'motion') expect(draft.count).not.toBeNull();
      }),
    );
  });

  it('is chosen beforehand where the far side says it', () => {
    const empty = withDriver(freshDraft(0), 'opc-ua', {});
    const count = takeNode(empty, { ...node, name: 'Parts Completed', meaning: 'count', value: 7 });
    const both = takeNode(count, { ...node, address: 's', name: 'State', meaning: 'state', value: 'idle' });
    expect(both.tags.map(({ name }) => name)).toEqual(['partsCompleted', 'state']);
    expect(both.count).toEqual({ from: 'counter', tag: 'partsCompleted' });
    expect(both.state).toEqual({ from: 'signal', tag: 'state' });
  });

  it('gives every value a name that expressions can write, and no name twice', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 20 }), (wanted) => {
        const tags: { name: string; address: string }[] = [];
        for (const one of wanted) tags.push({ name: tagName(one, tags), address: one });
        for (const { name } of tags) expect(name).toMatch(/^[a-z][a-zA-Z0-9_]{0,63}$/);
        expect(new Set(tags.map(({ name }) => name)).size).toBe(tags.length);
      }),
    );
  });

  it('tells the pieces since somebody looks, over the wrap of a register', () => {
    const count = { from: 'counter', tag: 'a', modulus: 65_536, pieces: 4 } as const;
    expect(piecesSince(count, 65_530, 2)).toBe(32);
    expect(piecesSince(count, 'x', 2)).toBeNull();
  });

  it('tells the state that a value would give', () => {
    expect(stateBy({ from: 'signal', tag: 'a' }, 'setup')).toBe('setup');
    expect(stateBy({ from: 'signal', tag: 'a', values: ['AUTO'] }, 'MANUAL')).toBe('idle');
    expect(stateBy({ from: 'current', tag: 'a', runningAbove: 4, idleBelow: 2 }, 3)).toBeNull();
  });
});
