import { iconBuildingBlock, iconPlus } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOrganisationList } from '../../api/admin.ts';
import { useMe } from '../../api/session.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { instant } from '../../ui/format.ts';
import { More } from '../../ui/more.tsx';
import { Panel } from '../../ui/page.tsx';
import { rowsOf } from '../../ui/rows-of.ts';
import { OrganisationDialog } from './organisation-dialog.tsx';

export function OrganisationsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const query = useOrganisationList();
  const [making, setMaking] = useState(false);
  return (
    <Panel
      title={t('admin.tab-organisations')}
      tools={
        may(me, 'organisation.write') ? (
          <IxButton icon={iconPlus} onClick={() => setMaking(true)}>
            {t('organisation.new')}
          </IxButton>
        ) : null
      }
    >
      <Answer
        query={rowsOf(query)}
        isEmpty={(rows) => rows.length === 0}
        empty={{
          icon: iconBuildingBlock,
          title: t('organisation.empty'),
          text: t('organisation.empty-text'),
        }}
      >
        {(rows) => (
          <>
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    <th>{t('organisation.name')}</th>
                    <th>{t('organisation.kind')}</th>
                    <th>{t('organisation.country')}</th>
                    <th>{t('organisation.external')}</th>
                    <th>{t('organisation.since')}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((organisation) => (
                    <tr key={organisation.id}>
                      <td>
                        <strong>{organisation.name}</strong>
                        <div className="soft">{organisation.code}</div>
                      </td>
                      <td>{t(`organisation-kind.${organisation.kind}`)}</td>
                      <td>{organisation.country ?? '—'}</td>
                      <td>
                        {Object.entries(organisation.externalIds)
                          .map(([scheme, id]) => `${scheme} ${id}`)
                          .join(', ') || '—'}
                      </td>
                      <td className="nowrap">{instant(organisation.createdAt, 'day')}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <More query={query} />
          </>
        )}
      </Answer>
      {making ? <OrganisationDialog onClose={() => setMaking(false)} /> : null}
    </Panel>
  );
}
