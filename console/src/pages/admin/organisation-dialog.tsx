import { ORGANISATION_KINDS, type OrganisationKind } from '@millrace/contract';
import { IxButton, IxInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { admin } from '../../api/admin.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { Select } from '../../ui/select.tsx';
import { tellDone } from '../../ui/toast.ts';

export function OrganisationDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [kind, setKind] = useState<OrganisationKind>('factory');
  const [values, setValues] = useState({ code: '', name: '', country: '', uscc: '' });
  const set = (part: Partial<typeof values>) => setValues((all) => ({ ...all, ...part }));
  const make = useMutation({
    mutationFn: () =>
      admin.makeOrganisation({
        kind,
        code: values.code.trim(),
        name: values.name.trim(),
        ...(values.country.trim() ? { country: values.country.trim() } : {}),
        ...(values.uscc.trim() ? { externalIds: { USCC: values.uscc.trim() } } : {}),
      }),
    onSuccess: async (made) => {
      await client.invalidateQueries();
      tellDone(t('organisation.made', { name: made.name }));
      onClose();
    },
  });
  return (
    <Dialog
      title={t('organisation.new')}
      size="480"
      onClose={onClose}
      footer={
        <>
          <IxButton variant="secondary" onClick={onClose}>
            {t('common.cancel')}
          </IxButton>
          <IxButton
            loading={make.isPending}
            disabled={values.code.trim() === '' || values.name.trim() === ''}
            onClick={() => make.mutate()}
          >
            {t('common.create')}
          </IxButton>
        </>
      }
    >
      <div className="form">
        <Select
          label={t('organisation.kind')}
          value={kind}
          options={ORGANISATION_KINDS.filter((one) => one !== 'operator').map((one) => [
            one,
            t(`organisation-kind.${one}`),
          ])}
          onChange={setKind}
        />
        <IxInput
          label={t('organisation.name')}
          value={values.name}
          onValueChange={({ detail }) => set({ name: detail })}
        />
        <IxInput
          label={t('organisation.code')}
          helperText={t('organisation.code-help')}
          value={values.code}
          onValueChange={({ detail }) => set({ code: detail })}
        />
        <IxInput
          label={t('organisation.country')}
          value={values.country}
          onValueChange={({ detail }) => set({ country: detail })}
        />
        <IxInput
          label={t('organisation.uscc')}
          value={values.uscc}
          onValueChange={({ detail }) => set({ uscc: detail })}
        />
        <Refusal error={make.error} />
      </div>
    </Dialog>
  );
}
