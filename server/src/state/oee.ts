import type { Kpi, OeeSheet } from '@millrace/contract';

/** What the sheet is computed from; minutes and pieces. */
export interface OeeInputs {
  readonly pbtMin: number;
  readonly aptMin: number;
  readonly austMin: number;
  /** Over assigned production: Σ PRI × PQ, its APT and its pieces. */
  readonly standardMin: number;
  readonly assignedAptMin: number;
  readonly assignedPieces: number;
  readonly pieces: number;
  readonly scrap: number;
}

/**
 * OEE = availability × effectiveness × quality. Effectiveness is known where the planned rate is, so in assigned production
 * only, and taken to hold for the rest; a machine that ran without any is without effectiveness and without OEE. One that was
 * planned and did not run at all has OEE 0.
 */
export function oeeValue(inputs: Omit<OeeInputs, 'austMin' | 'assignedPieces'>): number | null {
  const { pbtMin, aptMin, standardMin, assignedAptMin, pieces, scrap } = inputs;
  if (pbtMin <= 0) return null;
  if (aptMin === 0) return 0;
  if (assignedAptMin === 0) return null;
  if (pieces === 0) return 0;
  return (aptMin / pbtMin) * (standardMin / assignedAptMin) * qualityOf(pieces, scrap);
}

/** Reported scrap may be of pieces made on an earlier day, so it never goes below nothing. */
const qualityOf = (pieces: number, scrap: number): number => Math.max(0, pieces - scrap) / pieces;

/** Every figure with its formula in the words of ISO 22400-2 and the numbers that went in. */
export function oeeSheet(inputs: OeeInputs): OeeSheet {
  const { pbtMin, aptMin, austMin, standardMin, assignedAptMin, assignedPieces, pieces, scrap } = inputs;
  const availability = pbtMin > 0 ? aptMin / pbtMin : null;
  const effectiveness = assignedAptMin > 0 ? standardMin / assignedAptMin : null;
  const quality = pieces > 0 ? qualityOf(pieces, scrap) : null;
  const busyShare = pbtMin > 0 ? (aptMin + austMin) / pbtMin : null;
  return {
    availability: kpi(availability, 'APT / PBT', { APT: aptMin, PBT: pbtMin }),
    effectiveness: kpi(effectiveness, 'PRI × PQ / APT', {
      PRI: assignedPieces > 0 ? standardMin / assignedPieces : null,
      PQ: assignedPieces,
      APT: assignedAptMin,
    }),
    quality: kpi(quality, 'GQ / PQ', { GQ: Math.max(0, pieces - scrap), PQ: pieces }),
    oee: kpi(oeeValue(inputs), 'availability × effectiveness × quality', {
      availability,
      effectiveness,
      quality,
    }),
    nee: kpi(neeValue(busyShare, effectiveness, quality), '(APT + AUST) / PBT × effectiveness × quality', {
      APT: aptMin,
      AUST: austMin,
      PBT: pbtMin,
      effectiveness,
      quality,
    }),
  };
}

/** Set-up is part of the processing time AUPT, so NEE is not punished for it. */
function neeValue(
  busyShare: number | null,
  effectiveness: number | null,
  quality: number | null,
): number | null {
  if (busyShare === null) return null;
  if (busyShare === 0) return 0;
  return effectiveness === null || quality === null ? null : busyShare * effectiveness * quality;
}

const kpi = (value: number | null, formula: string, inputs: Kpi['inputs']): Kpi => ({
  value,
  formula,
  inputs,
});
