import { useTranslation } from 'react-i18next';
import { useMe } from '../../api/session.ts';
import { Page, Panel } from '../../ui/page.tsx';
import { NameForm } from './name-form.tsx';
import { PasswordForm } from './password-form.tsx';
import { SecondFactor } from './second-factor.tsx';

export function AccountPage() {
  const { t } = useTranslation();
  const me = useMe();
  if (!me) return null;
  return (
    <Page title={t('account.title')} lead={me.email}>
      <div className="narrow stack">
        <Panel title={t('account.name')}>
          <NameForm me={me} />
        </Panel>
        <Panel title={t('account.second-factor')}>
          <SecondFactor enabled={me.totpEnabled} />
        </Panel>
        <Panel title={t('account.password')}>
          <PasswordForm />
        </Panel>
      </div>
    </Page>
  );
}
