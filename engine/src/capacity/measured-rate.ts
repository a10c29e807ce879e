/** Good pieces and running time of one item on one machine or group, from recent records. */
export interface RateSample {
  readonly goodPieces: number;
  /** ISO 22400 APT, minutes ≥ 0. */
  readonly runningMinutes: number;
}

export interface MeasuredRate {
  readonly piecesPerHour: number;
  readonly source: 'measured' | 'declared';
  /** 0…1: weight of the measurement against the declaration. */
  readonly confidence: number;
}

/** A declaration weighs as much as one shift of measurement. */
export const PRIOR_RUNNING_MINUTES = 480;

/** Below half the weight the declaration still speaks louder. */
const MEASURED_FROM_CONFIDENCE = 0.5;

/**
 * The rate to plan with: measured, shrunk to the declared one while data are few (mean of a Gamma posterior whose
 * prior has seen `PRIOR_RUNNING_MINUTES` at the declared rate). Without a declaration the measurement stands alone.
 */
export function measuredRate(sample: RateSample, declaredPiecesPerHour: number | undefined): MeasuredRate {
  const minutes = Math.max(0, sample.runningMinutes);
  const pieces = Math.max(0, sample.goodPieces);
  const confidence = minutes / (minutes + PRIOR_RUNNING_MINUTES);
  if (declaredPiecesPerHour === undefined) {
    return { piecesPerHour: minutes > 0 ? (pieces / minutes) * 60 : 0, source: 'measured', confidence };
  }
  const priorPieces = (declaredPiecesPerHour / 60) * PRIOR_RUNNING_MINUTES;
  return {
    piecesPerHour: ((pieces + priorPieces) / (minutes + PRIOR_RUNNING_MINUTES)) * 60,
    source: confidence >= MEASURED_FROM_CONFIDENCE ? 'measured' : 'declared',
    confidence,
  };
}

/** Binding constraint of an output: the smallest of what each resource allows, named. Ties go to the first named. */
export function bindingResource<Name extends string>(
  pieces: Readonly<Record<Name, number>>,
): { readonly resource: Name; readonly pieces: number } | undefined {
  let binding: { resource: Name; pieces: number } | undefined;
  for (const resource of Object.keys(pieces) as Name[]) {
    if (!binding || pieces[resource] < binding.pieces) binding = { resource, pieces: pieces[resource] };
  }
  return binding;
}
