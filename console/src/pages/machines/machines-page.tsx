import type { LiveMachine } from '@millrace/contract';
import { iconMachineA } from '@siemens/ix-icons/icons';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMachineStates } from '../../api/machines.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { browserZone } from '../../ui/format.ts';
import { Page } from '../../ui/page.tsx';
import { MachineTable } from './machine-table.tsx';
import './machines.css';

export function MachinesPage() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const states = useMachineStates({}, false);
  return (
    <Page title={t('machines.title')} lead={t('machines.lead', { zone: browserZone() })} fill>
      <Answer
        query={states}
        isEmpty={(page) => page.rows.length === 0}
        empty={{
          icon: iconMachineA,
          title: t('machines.empty'),
          text: t('machines.empty-text'),
          ...(may(me, 'import.run')
            ? { action: t('machines.empty-action'), onAction: () => void navigate({ to: '/admin/import' }) }
            : {}),
        }}
      >
        {(page) => (
          // A grid is made in one language: another language, another grid.
          <MachineTable key={i18n.language} machines={page.rows as readonly LiveMachine[]} />
        )}
      </Answer>
    </Page>
  );
}
