import type { ScheduleProgress as Told } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { schedule, useCurrentSchedule } from '../../api/schedule.ts';
import { useCodeText } from '../../ui/code-text.ts';
import { number } from '../../ui/format.ts';
import { useProblemText } from '../../ui/problem-text.ts';
import { Progress } from '../../ui/progress.tsx';
import { tellRefused } from '../../ui/toast.ts';

/** What is being computed, its best so far, and the way out: with the best order of work, or with none. */
export function ScheduleProgress({ siteId }: { readonly siteId: string }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const codeText = useCodeText();
  const running = useCurrentSchedule(siteId, true).data?.running ?? null;
  const stop = useMutation({
    mutationFn: (keep: boolean) => schedule.stop(siteId, keep),
    onError: (error) => tellRefused(text(error)),
  });
  const isStopping = running?.stopping != null || stop.isPending;
  const phase = codeText('schedule-phase', running?.phase ?? 'read');
  return (
    <div className="run-progress" role="status">
      <span>{isStopping ? t('schedule.stopping') : phase}</span>
      <Progress done={running?.rounds ?? 0} of={running?.of ?? 0} label={phase} />
      <span className="soft">{bestSoFar(running, t)}</span>
      <span className="run-stop">
        <IxButton variant="secondary" disabled={isStopping} onClick={() => stop.mutate(true)}>
          {t('schedule.stop-keep')}
        </IxButton>
        <IxButton variant="tertiary" disabled={isStopping} onClick={() => stop.mutate(false)}>
          {t('schedule.stop-discard')}
        </IxButton>
      </span>
    </div>
  );
}

function bestSoFar(running: Told | null, t: ReturnType<typeof useTranslation>['t']): string {
  if (running?.weightedTardiness == null) return t('schedule.none-yet');
  return t('schedule.best', {
    points: number(running.weightedTardiness, 1),
    bound: number(running.lowerBound ?? 0, 1),
  });
}
