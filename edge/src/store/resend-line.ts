import { QuarantineSelection, Resent } from '@millrace/contract';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { askOwner } from './folder-lock.ts';
import { type AnswerOwner, NoOwnerAnswer } from './owner-line.ts';
import type { ResendRefused } from './quarantine.ts';

const isQuestion = Compile(Type.Object({ resend: QuarantineSelection }));
const isAnswer = Compile(
  Type.Union([Resent, Type.Object({ refused: Type.Union([Type.Literal('quota'), Type.Literal('disk')]) })]),
);

/** For who holds the folder: does what is asked through `resendThere`. */
export function answerResend(
  resend: (selection: QuarantineSelection) => Promise<Resent | ResendRefused>,
): AnswerOwner {
  return async (question) =>
    isQuestion.Check(question) ? resend(question.resend) : { error: 'it does not know the question' };
}

/** Through the agent that runs on the folder; undefined when none does. Rejects with `NoOwnerAnswer`. */
export async function resendThere(
  folder: string,
  selection: QuarantineSelection,
): Promise<Resent | ResendRefused | undefined> {
  const answer = await askOwner(folder, { resend: selection });
  if (answer === undefined || isAnswer.Check(answer)) return answer;
  throw new NoOwnerAnswer(`the agent that runs on this folder answers ${JSON.stringify(answer)}`);
}
