import { type OneTimeLink, ROLES_BY_KIND, type Role, type User } from '@millrace/contract';
import { iconAddUser, iconLink, iconUser } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { admin, useUserList } from '../../api/admin.ts';
import { useOrganisations } from '../../api/registry.ts';
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
import { InviteDialog } from './invite-dialog.tsx';
import { LinkDialog } from './link-dialog.tsx';

export function UsersPage() {
  const { t } = useTranslation();
  const me = useMe();
  const query = useUserList();
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<{ user: User; link: OneTimeLink } | null>(null);
  return (
    <Panel
      title={t('admin.tab-users')}
      tools={
        may(me, 'user.write') ? (
          <IxButton icon={iconAddUser} onClick={() => setInviting(true)}>
            {t('user.invite')}
          </IxButton>
        ) : null
      }
    >
      <Answer
        query={rowsOf(query)}
        isEmpty={(rows) => rows.length === 0}
        empty={{ icon: iconUser, title: t('user.empty'), text: t('user.empty-text') }}
      >
        {(rows) => (
          <>
            <UserTable users={rows} onLink={setLink} />
            <More query={query} />
          </>
        )}
      </Answer>
      {inviting ? (
        <InviteDialog
          onClose={() => setInviting(false)}
          onInvited={(made) => {
            setInviting(false);
            setLink(made);
          }}
        />
      ) : null}
      {link ? <LinkDialog user={link.user} link={link.link} onClose={() => setLink(null)} /> : null}
    </Panel>
  );
}

type TableProps = Readonly<{
  users: readonly User[];
  onLink: (made: { user: User; link: OneTimeLink }) => void;
}>;

function UserTable({ users, onLink }: TableProps) {
  const { t } = useTranslation();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th>{t('user.name')}</th>
            <th>{t('user.organisation')}</th>
            <th>{t('user.role')}</th>
            <th>{t('account.second-factor')}</th>
            <th>{t('user.last')}</th>
            <th>{t('user.state')}</th>
            <th aria-label={t('common.all')} />
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <UserRow key={user.id} user={user} onLink={onLink} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type RowProps = Readonly<{ user: User; onLink: TableProps['onLink'] }>;

function UserRow({ user, onLink }: RowProps) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const text = useProblemText();
  const organisations = useOrganisations();
  const kind = organisations.data?.find(({ id }) => id === user.organisationId)?.kind;
  const roles: readonly Role[] = kind ? ROLES_BY_KIND[kind] : [user.role];
  const change = useMutation({
    mutationFn: (body: { role?: Role; disabled?: boolean }) => admin.changeUser(user.id, body),
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('account.saved'));
    },
    onError: (error) => tellRefused(text(error)),
  });
  const makeLink = useMutation({
    mutationFn: () => admin.makeLink(user.id),
    onSuccess: (made) => onLink({ user, link: made }),
    onError: (error) => tellRefused(text(error)),
  });
  const isSelf = me?.userId === user.id;
  const writes = may(me, 'user.write') && !isSelf;
  return (
    <tr>
      <td>
        <strong>{user.name}</strong>
        <div className="soft">{user.email}</div>
      </td>
      <td>{user.organisationName}</td>
      <td>
        {writes ? (
          <select
            className="plain-select"
            aria-label={t('user.role-of', { name: user.name })}
            value={user.role}
            onChange={({ target }) => {
              const role = roles.find((one) => one === target.value);
              if (role) change.mutate({ role });
            }}
          >
            {roles.map((role) => (
              <option key={role} value={role}>
                {t(`role.${role}`)}
              </option>
            ))}
          </select>
        ) : (
          t(`role.${user.role}`)
        )}
      </td>
      <td>
        <Pill tone={user.totpEnabled ? 'success' : 'neutral'}>
          {user.totpEnabled ? t('common.yes') : t('common.no')}
        </Pill>
      </td>
      <td className="nowrap">
        {user.lastSignInAt === null ? t('machines.never') : instant(user.lastSignInAt, 'full')}
      </td>
      <td>
        <Pill tone={user.disabled ? 'alarm' : 'success'}>
          {user.disabled ? t('user.disabled') : t('user.active')}
        </Pill>
      </td>
      <td className="table-actions">
        {writes ? (
          <>
            <IxButton
              variant="tertiary"
              icon={iconLink}
              loading={makeLink.isPending}
              onClick={() => makeLink.mutate()}
            >
              {t('user.link')}
            </IxButton>
            <IxButton
              variant="tertiary"
              loading={change.isPending}
              onClick={() => change.mutate({ disabled: !user.disabled })}
            >
              {user.disabled ? t('user.enable') : t('user.disable')}
            </IxButton>
          </>
        ) : null}
      </td>
    </tr>
  );
}
