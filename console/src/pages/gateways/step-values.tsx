import { iconTrashcan } from '@siemens/ix-icons/icons';
import { IxButton, IxIconButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSaid } from '../../i18n/said.tsx';
import { Field } from '../../ui/field.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { BrowseTree } from './browse-tree.tsx';
import type { Draft, DraftTag } from './draft.ts';
import { canBrowse, needsType } from './drivers.ts';
import { type LiveValues, useLiveValues } from './live-values.ts';
import { tagName, takeNode, withoutTag } from './meaning.ts';
import { StepFrame } from './step-frame.tsx';
import { AddressField, TagFields } from './tag-fields.tsx';
import { ValueText } from './value-text.tsx';
import type { StepProps } from './wizard-page.tsx';

/** Which values of the machine are read; each is seen live as soon as it has an address. */
export function StepValues({ draft, change, back, next }: StepProps) {
  const { t } = useTranslation();
  const say = useSaid();
  const live = useLiveValues(draft);
  const { connection, tags } = draft;
  if (!connection) return null;
  const browses = canBrowse(connection.driver);
  const chosen = new Set(tags.map(({ address }) => address));
  return (
    <StepFrame
      title={t('onboarding.values-title')}
      lead={t(browses ? 'onboarding.values-browse' : 'onboarding.values-type')}
      onBack={back}
      onNext={next}
      ready={tags.length > 0 && tags.every(({ address }) => address !== '')}
    >
      <div className={browses ? 'wizard-columns' : 'stack'}>
        {browses ? (
          <BrowseTree
            gatewayId={draft.gateway?.id ?? ''}
            connection={connection}
            chosen={chosen}
            onChoose={(node) => change(takeNode(draft, node))}
          />
        ) : null}
        <div className="stack">
          <h3>{t('onboarding.chosen-values')}</h3>
          <TagList draft={draft} live={live} change={change} />
          <NewTag draft={draft} change={change} />
          {live.error ? (
            <p className="late" role="alert">
              {say(live.error)}
            </p>
          ) : null}
          <Refusal error={live.fault} />
        </div>
      </div>
    </StepFrame>
  );
}

type ListProps = Readonly<{ draft: Draft; live: LiveValues; change: StepProps['change'] }>;

function TagList({ draft, live, change }: ListProps) {
  const { t } = useTranslation();
  const driver = draft.connection?.driver ?? '';
  const put = (tag: DraftTag, next: DraftTag) =>
    change({ tags: draft.tags.map((one) => (one === tag ? next : one)) });
  if (draft.tags.length === 0) return <p className="soft">{t('onboarding.no-values')}</p>;
  return (
    <ul className="tag-list">
      {draft.tags.map((tag) => (
        <li key={tag.name}>
          <div className="tag-head">
            <strong>{tag.name}</strong>
            <ValueText live={tag.address === '' ? undefined : live.of(tag)} unit={tag.unit} />
            <IxIconButton
              icon={iconTrashcan}
              variant="tertiary"
              aria-label={t('onboarding.remove', { name: tag.name })}
              onClick={() =>
                change({
                  ...withoutTag(draft, tag.name),
                  tags: draft.tags.filter((one) => one !== tag),
                })
              }
            />
          </div>
          <TagFields driver={driver} tag={tag} onChange={(next) => put(tag, next)} />
        </li>
      ))}
    </ul>
  );
}

function NewTag({ draft, change }: Pick<ListProps, 'draft' | 'change'>) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [address, setAddress] = useState('');
  const driver = draft.connection?.driver ?? '';
  const ready = name.trim() !== '' && address.trim() !== '';
  return (
    <form
      className="form tag-new"
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        const tag: DraftTag = { name: tagName(name, draft.tags), address: address.trim() };
        change({ tags: [...draft.tags, needsType(driver) ? { ...tag, type: 'uint16' } : tag] });
        setName('');
        setAddress('');
      }}
    >
      <div className="form-grid">
        <Field label={t('onboarding.value-name')} help={t('onboarding.value-name-help')}>
          <input value={name} maxLength={60} onChange={({ target }) => setName(target.value)} />
        </Field>
        <AddressField driver={driver} value={address} onChange={setAddress} />
      </div>
      <div>
        <IxButton type="submit" variant="secondary" disabled={!ready}>
          {t('onboarding.value-add')}
        </IxButton>
      </div>
    </form>
  );
}
