import type { MatchRun } from '@millrace/contract';
import { iconSuccess } from '@siemens/ix-icons/icons';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useRun } from '../../api/matching.ts';
import { Answer, EmptyNote } from '../../ui/answer.tsx';
import { useCodeText } from '../../ui/code-text.ts';
import { instant, number, percent } from '../../ui/format.ts';
import { Page, Panel } from '../../ui/page.tsx';
import { Pill } from '../../ui/pill.tsx';
import { ChangeList } from './change-list.tsx';
import { PlanPanel } from './plan-panel.tsx';
import './matching.css';

export function RunPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { runId } = useParams({ from: '/frame/matching/$runId' });
  const detail = useRun(runId);
  const marked = useMemo(
    () => (detail.data ? new Set(detail.data.changes.map(({ lineId }) => lineId)) : null),
    [detail.data],
  );
  return (
    <Page
      title={
        detail.data ? t('run.title', { at: instant(detail.data.run.startedAt, 'full') }) : t('run.loading')
      }
      lead={detail.data ? t('run.because', { trigger: t(`trigger.${detail.data.run.trigger}`) }) : undefined}
      onBack={() => void navigate({ to: '/matching' })}
    >
      <Answer query={detail} skeleton="page">
        {({ run, changes }) => (
          <div className="stack">
            <Panel title={t('run.result')}>
              <RunFacts run={run} />
            </Panel>
            <Panel title={t('run.changes')} hint={t('run.changes-hint', { changes: number(changes.length) })}>
              {changes.length === 0 ? (
                <EmptyNote
                  empty={{ icon: iconSuccess, title: t('run.no-changes'), text: t('run.no-changes-text') }}
                />
              ) : (
                <ChangeList changes={changes} />
              )}
            </Panel>
            <PlanPanel marked={marked} />
          </div>
        )}
      </Answer>
    </Page>
  );
}

/** How far the plan can be from the best there is, at most. */
function boundOf({ lowerBound, objective }: MatchRun): string {
  if (lowerBound === null) return '–';
  const gap = objective > 0 ? Math.max(0, 1 - lowerBound / objective) : 0;
  return `${number(lowerBound, 1)} (${percent(gap)})`;
}

function RunFacts({ run }: { readonly run: MatchRun }) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  const facts: readonly (readonly [string, string])[] = [
    [t('run.lines'), number(run.lines)],
    [t('run.placed'), number(run.placed)],
    [t('run.unplaced'), number(run.unplaced)],
    [t('run.late'), number(run.late)],
    [t('run.changed'), number(run.changed)],
    [t('run.time'), `${number(run.engineMs, 1)} ms`],
    [t('run.objective'), number(run.objective, 1)],
    [t('run.bound'), boundOf(run)],
    [t('run.engine'), run.engineVersion],
  ];
  const weights = Object.entries(run.weights).map(
    ([name, weight]) => `${codeText('term', name)} ${number(weight, 2)}`,
  );
  return (
    <>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="run-proof">
        <Pill tone={run.violations === null ? 'neutral' : run.violations === 0 ? 'success' : 'alarm'}>
          {run.violations === null
            ? t('run.not-verified')
            : t('run.verified', { violations: number(run.violations) })}
        </Pill>
        {run.stopped ? <Pill tone="neutral">{t('run.was-stopped')}</Pill> : null}
        <span className="soft">{t('run.weights', { weights: weights.join(' · ') })}</span>
        <span className="soft">
          {t('run.snapshot')} <code>{run.snapshotHash.slice(0, 16)}</code>
        </span>
      </p>
    </>
  );
}
