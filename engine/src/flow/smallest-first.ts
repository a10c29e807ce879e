/** A binary heap: the item with the smallest key comes first; of equal keys the one that came earlier. */
export class SmallestFirst<Item> {
  private readonly keys: number[] = [];
  private readonly turns: number[] = [];
  private readonly items: Item[] = [];
  private turn = 0;

  push(key: number, item: Item): void {
    const { keys, turns, items } = this;
    const turn = this.turn++;
    let at = items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      // The newcomer is the latest of its key, so it rises past larger keys only.
      if ((keys[above] as number) <= key) break;
      keys[at] = keys[above] as number;
      turns[at] = turns[above] as number;
      items[at] = items[above] as Item;
      at = above;
    }
    keys[at] = key;
    turns[at] = turn;
    items[at] = item;
  }

  pop(): Item | undefined {
    const { keys, turns, items } = this;
    const first = items[0];
    const key = keys.pop();
    const turn = turns.pop();
    const item = items.pop();
    if (key === undefined || turn === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.isBefore(below + 1, keys[below] as number, turns[below] as number))
        below++;
      if (!this.isBefore(below, key, turn)) break;
      keys[at] = keys[below] as number;
      turns[at] = turns[below] as number;
      items[at] = items[below] as Item;
      at = below;
    }
    keys[at] = key;
    turns[at] = turn;
    items[at] = item as Item;
    return first;
  }

  private isBefore(at: number, key: number, turn: number): boolean {
    const own = this.keys[at] as number;
    return own < key || (own === key && (this.turns[at] as number) < turn);
  }
}
