import type { Machine } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi, useWorkCenters } from '../../api/gateway.ts';
import { useSites } from '../../api/registry.ts';
import { Field } from '../../ui/field.tsx';
import { browserZone } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

type Props = Readonly<{
  organisationId: string;
  gatewayId: string;
  onMade: (machine: Machine) => void;
}>;
const NEW = 'new';
const FIRST = {
  name: '',
  code: '',
  workCenterId: '',
  centerName: '',
  centerCode: '',
  processCode: '',
  siteId: '',
  siteName: '',
  siteCode: '',
  lat: '',
  lon: '',
};
type Form = typeof FIRST;

/** A machine entered in place, with its group and site where there are none yet. */
export function NewMachine({ organisationId, gatewayId, onMade }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form, setForm] = useState<Form>(FIRST);
  const centers = useWorkCenters(organisationId);
  const sites = useSites();
  const own = (sites.data ?? []).filter((site) => site.organisationId === organisationId);
  const rows = centers.data ?? [];
  const centerId = form.workCenterId || rows[0]?.id || NEW;
  const siteId = form.siteId || own[0]?.id || NEW;
  const make = useMutation({
    mutationFn: () =>
      makeMachine({ ...form, workCenterId: centerId, siteId }, organisationId, gatewayId, (made) =>
        setForm((old) => ({ ...old, ...made })),
      ),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['sites'] });
      await client.invalidateQueries({ queryKey: ['work-centers'] });
    },
    onSuccess: onMade,
  });
  const put = (name: keyof Form) => (value: string) => setForm((old) => ({ ...old, [name]: value }));
  const needed: readonly (keyof Form)[] = [
    'name',
    'code',
    ...(centerId === NEW ? (['centerName', 'centerCode', 'processCode'] as const) : []),
    ...(centerId === NEW && siteId === NEW ? (['siteName', 'siteCode', 'lat', 'lon'] as const) : []),
  ];
  const ready = needed.every((name) => form[name].trim() !== '');
  if (centers.isPending || sites.isPending) return <Skeleton shape="rows" />;
  return (
    <form
      className="form narrow"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) make.mutate();
      }}
    >
      <div className="form-grid">
        <Text label={t('gateway.name')} value={form.name} onChange={put('name')} />
        <Text
          label={t('organisation.code')}
          help={t('onboarding.machine-code-help')}
          value={form.code}
          onChange={put('code')}
        />
      </div>
      <Choice
        label={t('onboarding.center')}
        value={centerId}
        onChange={put('workCenterId')}
        fresh={t('onboarding.center-new')}
        options={rows.map((one) => [one.id, one.name])}
      />
      {centerId === NEW ? (
        <>
          <div className="form-grid">
            <Text label={t('onboarding.center-name')} value={form.centerName} onChange={put('centerName')} />
            <Text label={t('organisation.code')} value={form.centerCode} onChange={put('centerCode')} />
            <Text
              label={t('onboarding.process')}
              help={t('onboarding.process-help')}
              value={form.processCode}
              onChange={put('processCode')}
            />
          </div>
          <Choice
            label={t('allocation.site')}
            value={siteId}
            onChange={put('siteId')}
            fresh={t('onboarding.site-new')}
            options={own.map((one) => [one.id, one.name])}
          />
        </>
      ) : null}
      {centerId === NEW && siteId === NEW ? (
        <div className="form-grid">
          <Text
            label={t('onboarding.site-name')}
            help={t('common.zone', { zone: browserZone() })}
            value={form.siteName}
            onChange={put('siteName')}
          />
          <Text label={t('organisation.code')} value={form.siteCode} onChange={put('siteCode')} />
          <Text label={t('onboarding.lat')} type="number" value={form.lat} onChange={put('lat')} />
          <Text label={t('onboarding.lon')} type="number" value={form.lon} onChange={put('lon')} />
        </div>
      ) : null}
      <Refusal error={make.error} />
      <div className="form-actions">
        <IxButton type="submit" disabled={!ready} loading={make.isPending}>
          {t('onboarding.machine-make')}
        </IxButton>
      </div>
    </form>
  );
}

/** What was made is kept, so that whoever mends a refused field does not make it a second time. */
async function makeMachine(
  form: Form,
  organisationId: string,
  gatewayId: string,
  keep: (made: Partial<Form>) => void,
): Promise<Machine> {
  let { workCenterId, siteId } = form;
  if (workCenterId === NEW && siteId === NEW) {
    const position = { lat: Number(form.lat), lon: Number(form.lon) };
    const site = { code: form.siteCode.trim(), name: form.siteName.trim(), position, zone: browserZone() };
    siteId = (await gatewayApi.makeSite({ ...site, organisationId })).id;
    keep({ siteId });
  }
  if (workCenterId === NEW) {
    const center = { siteId, code: form.centerCode.trim(), name: form.centerName.trim() };
    const made = await gatewayApi.makeWorkCenter({ ...center, processCode: form.processCode.trim() });
    workCenterId = made.id;
    keep({ workCenterId });
  }
  return gatewayApi.makeMachine({ workCenterId, gatewayId, code: form.code.trim(), name: form.name.trim() });
}

type TextProps = Readonly<{
  label: string;
  help?: string;
  type?: 'text' | 'number';
  value: string;
  onChange: (value: string) => void;
}>;

function Text({ label, help, type = 'text', value, onChange }: TextProps) {
  return (
    <Field label={label} help={help}>
      <input type={type} step="any" value={value} onChange={(event) => onChange(event.target.value)} />
    </Field>
  );
}

type ChoiceProps = Readonly<{
  label: string;
  value: string;
  fresh: string;
  options: readonly (readonly [id: string, name: string])[];
  onChange: (value: string) => void;
}>;

function Choice({ label, value, fresh, options, onChange }: ChoiceProps) {
  return (
    <Field label={label}>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        <option value={NEW}>{fresh}</option>
      </select>
    </Field>
  );
}
