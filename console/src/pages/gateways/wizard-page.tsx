import { IxButton } from '@siemens/ix-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ComponentType, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/page.tsx';
import {
  type Draft,
  freshDraft,
  isOpen,
  keepDraft,
  keptDraft,
  reachable,
  STEPS,
  type Step,
} from './draft.ts';
import { StepConnection } from './step-connection.tsx';
import { StepGateway } from './step-gateway.tsx';
import { StepMachine } from './step-machine.tsx';
import { StepMeaning } from './step-meaning.tsx';
import { StepRecords } from './step-records.tsx';
import { StepSave } from './step-save.tsx';
import { StepValues } from './step-values.tsx';
import './gateways.css';

export type StepProps = Readonly<{
  draft: Draft;
  /** What is not about the course of things makes an earlier saving void. */
  change: (patch: Partial<Draft>) => void;
  back?: (() => void) | undefined;
  next: () => void;
  restart: () => void;
}>;

const VIEWS: Record<Step, ComponentType<StepProps>> = {
  gateway: StepGateway,
  machine: StepMachine,
  connection: StepConnection,
  values: StepValues,
  meaning: StepMeaning,
  save: StepSave,
  records: StepRecords,
};

/** From an agent that is not there yet to records that arrive. */
export function WizardPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search: { step?: Step } = useSearch({ from: '/frame/gateways/new' });
  const [draft, setDraft] = useState<Draft>(() => keptDraft() ?? freshDraft(Date.now()));
  useEffect(() => keepDraft(draft), [draft]);
  const step = search.step && isOpen(draft, search.step) ? search.step : reachable(draft);
  // Said in the address from the first moment, so that what is entered never moves the person on by itself.
  useEffect(() => {
    if (search.step !== step) void navigate({ to: '/gateways/new', search: { step }, replace: true });
  }, [search.step, step, navigate]);
  const go = (to: Step | undefined) => void navigate({ to: '/gateways/new', search: to ? { step: to } : {} });
  const at = STEPS.indexOf(step);
  const before = STEPS[at - 1];
  const restart = () => {
    setDraft({ ...freshDraft(Date.now()), gateway: draft.gateway });
    go(draft.gateway ? 'machine' : 'gateway');
  };
  const View = VIEWS[step];
  return (
    <Page
      title={t('onboarding.title')}
      lead={draft.machine ? `${draft.machine.name} · ${draft.gateway?.name}` : draft.gateway?.name}
      onBack={() => void navigate({ to: '/gateways' })}
      actions={
        draft.gateway ? (
          <IxButton variant="tertiary" onClick={restart}>
            {t('onboarding.restart')}
          </IxButton>
        ) : null
      }
    >
      <div className="wizard big-targets">
        <ol className="wizard-steps" aria-label={t('onboarding.title')}>
          {STEPS.map((one, index) => (
            <li key={one} className={index < at ? 'wizard-past' : ''}>
              <button
                type="button"
                aria-current={one === step ? 'step' : undefined}
                disabled={!isOpen(draft, one)}
                onClick={() => go(one)}
              >
                <span>{index + 1}</span> {t(`onboarding.step-${one}`)}
              </button>
            </li>
          ))}
        </ol>
        <View
          draft={draft}
          change={(patch) => setDraft((old) => ({ ...old, ...voided(patch), ...patch }))}
          back={before ? () => go(before) : undefined}
          next={() => go(STEPS[at + 1])}
          restart={restart}
        />
      </div>
    </Page>
  );
}

const COURSE: readonly string[] = ['saved', 'doneAt', 'code'];

function voided(patch: Partial<Draft>): Partial<Draft> {
  return Object.keys(patch).every((name) => COURSE.includes(name)) ? {} : { saved: null, doneAt: null };
}
