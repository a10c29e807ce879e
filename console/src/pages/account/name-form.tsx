import type { Me } from '@millrace/contract';
import { IxButton, IxInput } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { session } from '../../api/session.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { tellDone } from '../../ui/toast.ts';

export function NameForm({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(me.name);
  const save = useMutation({
    mutationFn: () => session.update({ name }),
    onSuccess: (next) => {
      client.setQueryData(['me'], next);
      tellDone(t('account.saved'));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      <IxInput
        label={t('account.name-label')}
        value={name}
        maxLength={200}
        onValueChange={(event) => setName(event.detail)}
      />
      <Refusal error={save.error} />
      <div className="form-actions">
        <IxButton type="submit" loading={save.isPending} disabled={name.trim() === '' || name === me.name}>
          {t('common.save')}
        </IxButton>
      </div>
    </form>
  );
}
