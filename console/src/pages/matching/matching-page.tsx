import { iconGanttchart, iconPlay } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { CURRENT_RUN, matching, useRuns } from '../../api/matching.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { browserZone, number } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { rowsOf } from '../../ui/rows-of.ts';
import { tellDone, tellRefused } from '../../ui/toast.ts';
import { HourValuePanel } from './hour-value-panel.tsx';
import { PlanPanel } from './plan-panel.tsx';
import { RunProgress } from './run-progress.tsx';
import { RunTable } from './run-table.tsx';
import './matching.css';

export function MatchingPage() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const runs = useRuns();
  const run = useMutation({
    mutationFn: matching.run,
    onMutate: () => client.invalidateQueries({ queryKey: CURRENT_RUN }),
    onSuccess: async (made) => {
      await client.invalidateQueries();
      tellDone(t('matching.ran', { placed: number(made.placed), lines: number(made.lines) }));
    },
    onError: (error) => tellRefused(text(error)),
  });
  return (
    <Page
      title={t('matching.title')}
      lead={t('matching.lead')}
      actions={
        may(me, 'match.run') ? (
          <IxButton icon={iconPlay} loading={run.isPending} onClick={() => run.mutate()}>
            {t('matching.run-now')}
          </IxButton>
        ) : null
      }
    >
      <div className="stack">
        <RunProgress />
        <PlanPanel />
        <HourValuePanel />
        <Panel title={t('matching.runs')} hint={t('common.zone', { zone: browserZone() })}>
          <Answer
            query={rowsOf(runs)}
            isEmpty={(rows) => rows.length === 0}
            empty={{
              icon: iconGanttchart,
              title: t('matching.no-runs'),
              text: t('matching.no-runs-text'),
            }}
          >
            {(rows) => (
              <>
                <RunTable runs={rows} />
                <More query={runs} />
              </>
            )}
          </Answer>
        </Panel>
      </div>
    </Page>
  );
}
