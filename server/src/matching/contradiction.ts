import { type ImpossibleTask, type Refusal, refuse } from '../kernel/index.ts';

export const CONTRADICTION = 'plan-contradiction';
/** Told in one answer; the log has all. */
const PROBLEMS_TOLD = 5;
/** What the engine could not even begin with, as an answer to whoever asked for it. */
export const contradiction = ({ problems }: ImpossibleTask): Refusal =>
  refuse(CONTRADICTION, 409, `No plan can be made: ${problems.slice(0, PROBLEMS_TOLD).join('; ')}.`, {
    values: { problems: problems.slice(0, PROBLEMS_TOLD).join('; ') },
  });
