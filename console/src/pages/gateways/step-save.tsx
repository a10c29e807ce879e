import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { gatewayApi, useGatewayConfig } from '../../api/gateway.ts';
import { useLiveMachine } from '../../api/machines.ts';
import { Answer } from '../../ui/answer.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { addMachine } from './add-machine.ts';
import { textOf } from './config-text.ts';
import { DiffView } from './diff-view.tsx';
import { StepFrame } from './step-frame.tsx';
import type { StepProps } from './wizard-page.tsx';

/** What will be written, before it is; nothing has changed on the box until here. */
export function StepSave({ draft, change, back, next }: StepProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const gatewayId = draft.gateway?.id ?? '';
  const newest = useGatewayConfig(gatewayId);
  const live = useLiveMachine(draft.machine?.id ?? '');
  const save = useMutation({
    mutationFn: () =>
      gatewayApi.putConfig(gatewayId, {
        config: addMachine(newest.data?.config ?? null, draft),
        basedOn: newest.data?.version ?? null,
        note: t('onboarding.note', { machine: draft.machine?.code ?? '' }),
      }),
    onSuccess: async ({ version }) => {
      change({ saved: { version, at: Date.now(), lastMinute: live.data?.lastMinute ?? null } });
      await client.invalidateQueries({ queryKey: ['gateway-config', gatewayId] });
      next();
    },
    onError: () => void newest.refetch(),
  });
  return (
    <StepFrame
      title={t('onboarding.save-title')}
      lead={t('onboarding.save-lead', { gateway: draft.gateway?.name ?? '' })}
      onBack={back}
      onNext={() => save.mutate()}
      nextText={t('onboarding.save-do')}
      ready={newest.data !== undefined}
      busy={save.isPending}
    >
      <Refusal error={save.error} />
      <Answer query={newest}>
        {(version) => {
          const config = version?.config ?? null;
          const replaces = config?.machines.some(({ machine }) => machine === draft.machine?.code) ?? false;
          return (
            <div className="stack">
              {replaces ? (
                <p className="late">{t('onboarding.replaces', { machine: draft.machine?.name ?? '' })}</p>
              ) : null}
              <DiffView before={config ? textOf(config) : ''} after={textOf(addMachine(config, draft))} />
            </div>
          );
        }}
      </Answer>
    </StepFrame>
  );
}
