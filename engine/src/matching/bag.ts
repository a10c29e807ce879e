/** Positions in no order, to draw from. */
export class Bag {
  private readonly members: number[] = [];
  /** Where each position stands in `members`; −1 = nowhere. */
  private readonly places: Int32Array;

  constructor(positions: number) {
    this.places = new Int32Array(positions).fill(-1);
  }

  get size(): number {
    return this.members.length;
  }

  at(i: number): number {
    return this.members[i] as number;
  }

  set(position: number, isMember: boolean): void {
    const place = this.places[position] as number;
    if (isMember === place >= 0) return;
    if (isMember) {
      this.places[position] = this.members.length;
      this.members.push(position);
      return;
    }
    const last = this.members.pop() as number;
    if (last !== position) {
      this.members[place] = last;
      this.places[last] = place;
    }
    this.places[position] = -1;
  }
}
