import type { ApiKey } from '@millrace/contract';
import { iconKey, iconPlus } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { admin, useKeyList } from '../../api/admin.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { instant } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { Panel } from '../../ui/page.tsx';
import { Pill } from '../../ui/pill.tsx';
import { useProblemText } from '../../ui/problem-text.ts';
import { rowsOf } from '../../ui/rows-of.ts';
import { tellDone, tellRefused } from '../../ui/toast.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { KeyDialog } from './key-dialog.tsx';

export function KeysPage() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const query = useKeyList();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const revoke = useMutation({
    mutationFn: admin.revokeKey,
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('key.revoked-done'));
      setRevoking(null);
    },
    onError: (error) => tellRefused(text(error)),
  });
  const writes = may(me, 'key.write');
  return (
    <Panel
      title={t('admin.tab-keys')}
      hint={t('key.hint')}
      tools={
        writes ? (
          <IxButton icon={iconPlus} onClick={() => setMaking(true)}>
            {t('key.new')}
          </IxButton>
        ) : null
      }
    >
      <Answer
        query={rowsOf(query)}
        isEmpty={(rows) => rows.length === 0}
        empty={{ icon: iconKey, title: t('key.empty'), text: t('key.empty-text') }}
      >
        {(rows) => (
          <>
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    <th>{t('key.name')}</th>
                    <th>{t('key.prefix')}</th>
                    <th>{t('key.scopes')}</th>
                    <th>{t('key.created')}</th>
                    <th>{t('key.expires')}</th>
                    <th>{t('user.state')}</th>
                    <th aria-label={t('common.all')} />
                  </tr>
                </thead>
                <tbody>
                  {rows.map((key) => (
                    <tr key={key.id}>
                      <td>
                        <strong>{key.name}</strong>
                      </td>
                      <td>
                        <code>{key.prefix}…</code>
                      </td>
                      <td>{key.scopes.map((scope) => t(`scope.${scope}`)).join(', ')}</td>
                      <td className="nowrap">{instant(key.createdAt, 'full')}</td>
                      <td className="nowrap">
                        {key.expiresAt === null ? t('key.no-expiry') : instant(key.expiresAt, 'full')}
                      </td>
                      <td>
                        <Pill tone={key.revokedAt === null ? 'success' : 'neutral'}>
                          {key.revokedAt === null ? t('user.active') : t('key.revoked')}
                        </Pill>
                      </td>
                      <td className="table-actions">
                        {writes && key.revokedAt === null ? (
                          <IxButton variant="tertiary" onClick={() => setRevoking(key)}>
                            {t('key.revoke')}
                          </IxButton>
                        ) : null}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <More query={query} />
          </>
        )}
      </Answer>
      {making ? <KeyDialog onClose={() => setMaking(false)} /> : null}
      {revoking ? (
        <ConfirmDialog
          title={t('key.revoke-title', { name: revoking.name })}
          text={t('key.revoke-text')}
          action={t('key.revoke-do', { name: revoking.name })}
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate(revoking.id)}
          onClose={() => setRevoking(null)}
        />
      ) : null}
    </Panel>
  );
}
