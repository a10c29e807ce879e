import type { Machine, Site } from '@millrace/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi, useMachineList } from '../../api/gateway.ts';
import { useSites } from '../../api/registry.ts';
import { Answer } from '../../ui/answer.tsx';
import { Field } from '../../ui/field.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Segments } from '../../ui/segments.tsx';
import type { Draft } from './draft.ts';
import { NewMachine } from './new-machine.tsx';
import { StepFrame } from './step-frame.tsx';
import type { StepProps } from './wizard-page.tsx';

/** A long list is searched, not scrolled. */
const SHOWN_MAX = 60;

export function StepMachine({ draft, change, back, next }: StepProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [way, setWay] = useState<'registered' | 'new'>('registered');
  const organisationId = draft.gateway?.organisationId ?? '';
  const gatewayId = draft.gateway?.id ?? '';
  const machines = useMachineList({ organisationId });
  const sites = useSites();
  const take = useMutation({
    mutationFn: async (machine: Machine) => {
      if (machine.gatewayId !== gatewayId) await gatewayApi.assign(machine.id, gatewayId);
      // Its midnight sets the count to zero: without the site there is nothing to go on with.
      const { data = [] } = await sites.refetch({ throwOnError: true });
      const { id, code, name } = machine;
      return { id, code, name, zone: zoneOf(data, machine.siteId) };
    },
    onSuccess: async (machine) => {
      await client.invalidateQueries({ queryKey: ['machine-list'] });
      change(
        machine.id === draft.machine?.id
          ? { machine }
          : { machine, connection: null, template: null, tags: [] },
      );
      next();
    },
  });
  return (
    <StepFrame
      title={t('onboarding.machine-title')}
      lead={t('onboarding.machine-lead')}
      onBack={back}
      onNext={draft.machine ? next : undefined}
    >
      <Answer query={machines}>
        {(rows) => {
          const shown = rows.length === 0 ? 'new' : way;
          return (
            <div className="stack">
              {rows.length > 0 ? (
                <Segments
                  label={t('onboarding.machine-title')}
                  value={way}
                  options={[
                    ['registered', t('onboarding.machine-registered')],
                    ['new', t('onboarding.machine-new')],
                  ]}
                  onChange={setWay}
                />
              ) : null}
              {shown === 'new' ? (
                <NewMachine
                  organisationId={organisationId}
                  gatewayId={gatewayId}
                  onMade={(made) => take.mutate(made)}
                />
              ) : (
                <MachineChoice
                  rows={rows}
                  draft={draft}
                  busy={take.isPending}
                  onChoose={(one) => take.mutate(one)}
                />
              )}
              <Refusal error={take.error} />
            </div>
          );
        }}
      </Answer>
    </StepFrame>
  );
}

function zoneOf(sites: readonly Site[], siteId: string): string {
  const site = sites.find(({ id }) => id === siteId);
  if (!site) throw new TypeError('the machine stands at no site that can be seen');
  return site.zone;
}

type ChoiceProps = Readonly<{
  rows: readonly Machine[];
  draft: Draft;
  busy: boolean;
  onChoose: (machine: Machine) => void;
}>;

function MachineChoice({ rows, draft, busy, onChoose }: ChoiceProps) {
  const { t } = useTranslation();
  const sites = useSites();
  const [search, setSearch] = useState('');
  const words = search.trim().toLowerCase();
  const found = rows.filter(({ code, name }) => `${code} ${name}`.toLowerCase().includes(words));
  const siteOf = (id: string) => sites.data?.find((site) => site.id === id)?.name ?? '';
  return (
    <div className="stack">
      <Field label={t('common.search')}>
        <input type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
      </Field>
      <ul className="choice-list choice-grid">
        {found.slice(0, SHOWN_MAX).map((one) => (
          <li key={one.id}>
            <button
              type="button"
              className="choice"
              aria-pressed={one.id === draft.machine?.id}
              disabled={busy}
              onClick={() => onChoose(one)}
            >
              <strong>{one.name}</strong>
              <span className="soft">
                {one.code} · {siteOf(one.siteId)}
              </span>
              {one.gatewayId !== null && one.gatewayId !== draft.gateway?.id ? (
                <span className="late">{t('onboarding.machine-elsewhere')}</span>
              ) : null}
            </button>
          </li>
        ))}
      </ul>
      {found.length > SHOWN_MAX ? (
        <p className="soft">{t('onboarding.more-found', { more: found.length - SHOWN_MAX })}</p>
      ) : null}
    </div>
  );
}
