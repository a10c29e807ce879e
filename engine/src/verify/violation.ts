export type ViolationCode =
  | 'unknown-line'
  | 'not-capable'
  | 'not-qualified'
  | 'suspended'
  | 'declined'
  | 'quantity'
  | 'minimum-lot'
  | 'minimum-shipment'
  | 'split'
  | 'precedence'
  | 'calendar'
  | 'overlap'
  | 'blocked'
  | 'fence'
  | 'earliest'
  | 'horizon'
  | 'arithmetic'
  | 'lock';

export interface Violation {
  readonly code: ViolationCode;
  readonly lineId: string;
  /** For people who look into it; not translated. */
  readonly detail: string;
}

export function violation(code: ViolationCode, detail: string, lineId: string): Violation {
  return { code, lineId, detail };
}
