import type { CapacityBlock, Site } from '@millrace/contract';
import { iconTrashcan } from '@siemens/ix-icons/icons';
import { IxIconButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { factory } from '../../api/factory.ts';
import { useMachines } from '../../api/registry.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { instant } from '../../ui/format.ts';
import { Pill } from '../../ui/pill.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { tellDone, tellRefused } from '../../ui/toast.ts';

type Props = Readonly<{ blocks: readonly CapacityBlock[]; site: Site }>;

export function BlockList({ blocks, site }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const machines = useMachines(site.id);
  const remove = useMutation({
    mutationFn: factory.unblock,
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('capacity.block-removed'));
    },
    onError: (error) => tellRefused(text(error)),
  });
  if (blocks.length === 0) return <p className="soft">{t('capacity.no-blocks')}</p>;
  return (
    <ul className="blocks">
      {blocks.map((block) => (
        <li key={block.id}>
          <div>
            <strong>
              {machines.data?.find(({ id }) => id === block.machineId)?.code ?? block.machineId.slice(-6)}
            </strong>{' '}
            <Pill tone={block.kind === 'down' ? 'alarm' : 'neutral'}>{t(`block.${block.kind}`)}</Pill>
            <p>
              {instant(block.from, 'moment', site.zone)} – {instant(block.to, 'moment', site.zone)} (
              {site.zone})
            </p>
            <p className="soft">{block.reason}</p>
          </div>
          {block.kind !== 'down' && may(me, 'block.write') ? (
            <IxIconButton
              icon={iconTrashcan}
              variant="tertiary"
              aria-label={t('capacity.block-remove', { reason: block.reason })}
              onClick={() => remove.mutate(block.id)}
            />
          ) : null}
        </li>
      ))}
    </ul>
  );
}
