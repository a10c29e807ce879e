import type { LineState, OrderState } from '@millrace/contract';
import { type Refusal, refuse } from '../kernel/index.ts';
import type { LineDeltas } from './orders.ts';

/** What decides the state of a line. Pieces. */
export interface LineQuantities {
  readonly quantity: number;
  readonly cancelledQuantity: number;
  readonly allocatedQuantity: number;
  readonly producedQuantity: number;
  readonly shippedQuantity: number;
  readonly receivedQuantity: number;
  readonly shortQuantity: number;
  readonly started: boolean;
  readonly unplaceable: boolean;
}

/** The furthest state whose condition holds is the line's; `due` is what was not called off. */
const STATE_RULES: readonly (readonly [LineState, (line: LineQuantities, due: number) => boolean])[] = [
  ['cancelled', (_line, due) => due === 0],
  ['received', (line, due) => line.receivedQuantity + line.shortQuantity >= due],
  ['shipped', (line, due) => line.shippedQuantity >= due],
  ['produced', (line, due) => line.producedQuantity >= due],
  ['in-production', (line) => line.started || line.producedQuantity > 0],
  ['allocated', (line, due) => line.allocatedQuantity >= due],
  ['partly-allocated', (line) => line.allocatedQuantity > 0],
  ['unplaceable', (line) => line.unplaceable],
  ['submitted', () => true],
];

/** Where a line may go. Backwards only where the world does: a plan is withdrawn, a report is corrected. */
export const LINE_TRANSITIONS: Readonly<Record<LineState, readonly LineState[]>> = {
  submitted: ['allocated', 'partly-allocated', 'unplaceable', 'in-production', 'produced', 'cancelled'],
  unplaceable: ['submitted', 'allocated', 'partly-allocated', 'in-production', 'produced', 'cancelled'],
  'partly-allocated': ['submitted', 'unplaceable', 'allocated', 'in-production', 'produced', 'cancelled'],
  allocated: ['submitted', 'unplaceable', 'partly-allocated', 'in-production', 'produced', 'cancelled'],
  'in-production': [
    'submitted',
    'unplaceable',
    'partly-allocated',
    'allocated',
    'produced',
    'shipped',
    'received',
    'cancelled',
  ],
  produced: ['in-production', 'shipped', 'received'],
  shipped: ['received'],
  received: [],
  cancelled: [],
};

export const isClosed = (state: LineState): boolean => LINE_TRANSITIONS[state].length === 0;

export function lineState(line: LineQuantities): LineState {
  const due = line.quantity - line.cancelledQuantity;
  for (const [state, holds] of STATE_RULES) if (holds(line, due)) return state;
  return 'submitted';
}

/** A closed line keeps its state; its counters may still follow the shop floor, but nothing new is given to it. */
export function nextLineState(from: LineState, line: LineQuantities): LineState | Refusal {
  if (isClosed(from)) return from;
  const to = lineState(line);
  if (to === from || LINE_TRANSITIONS[from].includes(to)) return to;
  return refuse('illegal-transition', 409, `A line that is ${from} cannot become ${to}.`, {
    values: { from, to },
  });
}

export function applyDeltas(
  state: LineState,
  line: LineQuantities,
  deltas: LineDeltas,
): LineQuantities | Refusal {
  const { allocated = 0, produced = 0, shipped = 0, received = 0, short = 0 } = deltas;
  if (isClosed(state) && (allocated > 0 || (state === 'cancelled' && shipped + received > 0))) {
    return refuse('line-closed', 409, `The line is ${state}; a closed line never moves again.`, {
      values: { state },
    });
  }
  const next: LineQuantities = {
    ...line,
    allocatedQuantity: line.allocatedQuantity + allocated,
    producedQuantity: line.producedQuantity + produced,
    shippedQuantity: line.shippedQuantity + shipped,
    receivedQuantity: line.receivedQuantity + received,
    shortQuantity: line.shortQuantity + short,
    started: deltas.started ?? line.started,
    unplaceable: deltas.unplaceable ?? line.unplaceable,
  };
  const wrong = BOUNDS.find(([, holds]) => !holds(next));
  if (!wrong) return next;
  return refuse('quantity-out-of-bounds', 409, `The quantities would not add up: ${wrong[0]}.`, {
    values: { ...deltasAsValues(deltas) },
  });
}

const BOUNDS: readonly (readonly [string, (line: LineQuantities) => boolean])[] = [
  ['allocated lies between 0 and the quantity', (l) => within(l.allocatedQuantity, l.quantity)],
  // Over-production is real: machines run on until somebody stops them.
  ['produced is not negative', (l) => l.producedQuantity >= 0],
  ['shipped lies between 0 and what was produced', (l) => within(l.shippedQuantity, l.producedQuantity)],
  ['received and short are not negative', (l) => l.receivedQuantity >= 0 && l.shortQuantity >= 0],
  [
    'received and short are at most what was shipped',
    (l) => l.receivedQuantity + l.shortQuantity <= l.shippedQuantity,
  ],
];
const within = (value: number, most: number): boolean => value >= 0 && value <= most;

function deltasAsValues(deltas: LineDeltas): Record<string, number> {
  return Object.fromEntries(
    Object.entries(deltas).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

/** What can still be called off: what is neither made nor called off already. */
export function cancellable(line: LineQuantities): number {
  return Math.max(0, line.quantity - line.cancelledQuantity - line.producedQuantity);
}

/** An order that was taken up stays so until all its lines are closed. */
export function orderState(from: OrderState, lines: readonly LineState[]): OrderState {
  if (from === 'closed' || from === 'cancelled') return from;
  if (lines.every((state) => state === 'cancelled')) return 'cancelled';
  if (lines.every(isClosed)) return 'closed';
  const untouched = lines.every(
    (state) => state === 'submitted' || state === 'unplaceable' || state === 'cancelled',
  );
  return untouched ? from : 'in-progress';
}
