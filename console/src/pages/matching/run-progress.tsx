import type { MatchRunProgress } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { CURRENT_RUN, matching, useCurrentRun } from '../../api/matching.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { number, percent } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { Progress } from '../../ui/progress.tsx';
import { tellRefused } from '../../ui/toast.ts';

/** The run under way, with its best plan so far; nothing at all when none is. */
export function RunProgress() {
  const client = useQueryClient();
  const running = useCurrentRun().data?.running ?? null;
  const wasRunning = useRef(false);
  useEffect(() => {
    // What it made is in the lists now.
    if (wasRunning.current && running === null) void client.invalidateQueries();
    wasRunning.current = running !== null;
  }, [running, client]);
  return running ? <Running run={running} /> : null;
}

function Running({ run }: { readonly run: MatchRunProgress }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const stop = useMutation({
    mutationFn: matching.stop,
    onSuccess: (answer) => client.setQueryData(CURRENT_RUN, answer),
    onError: (error) => tellRefused(text(error)),
  });
  const wish = run.stopping;
  return (
    <Panel title={t('run.under-way', { trigger: t(`trigger.${run.trigger}`) })}>
      <div className="run-progress" role="status">
        <span>{wish ? t(`run.stopping-${wish}`) : t(`run.phase-${run.phase}`)}</span>
        <Progress done={run.done} of={run.of} label={t(`run.phase-${run.phase}`)} />
        <span className="soft">{bestSoFar(run, t)}</span>
        {may(me, 'match.run') ? (
          <span className="run-stop">
            <IxButton
              variant="secondary"
              disabled={wish !== null || stop.isPending}
              onClick={() => stop.mutate(true)}
            >
              {t('run.stop-keep')}
            </IxButton>
            <IxButton
              variant="tertiary"
              disabled={wish !== null || stop.isPending}
              onClick={() => stop.mutate(false)}
            >
              {t('run.stop-discard')}
            </IxButton>
          </span>
        ) : null}
      </div>
    </Panel>
  );
}

function bestSoFar(
  { objective, lowerBound }: MatchRunProgress,
  t: ReturnType<typeof useTranslation>['t'],
): string {
  if (objective === null) return t('run.no-plan-yet');
  const points = number(objective, 0);
  if (lowerBound === null || objective <= 0) return t('run.best', { points });
  const gap = percent(Math.max(0, 1 - lowerBound / objective));
  return t('run.best-and-bound', { points, bound: number(lowerBound, 0), gap });
}
