import type { BrowseNode } from '@millrace/contract';
import { iconChevronDown, iconChevronRight } from '@siemens/ix-icons/icons';
import { IxIcon } from '@siemens/ix-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { gatewayApi } from '../../api/gateway.ts';
import { useSaid } from '../../i18n/said.tsx';
import { Answer } from '../../ui/answer.tsx';
import type { DraftConnection } from './draft.ts';

type Props = Readonly<{
  gatewayId: string;
  connection: DraftConnection;
  /** Addresses that are chosen already. */
  chosen: ReadonlySet<string>;
  onChoose: (node: BrowseNode) => void;
}>;

/** What the far side has, one level at a time as it is opened. */
export function BrowseTree(props: Props) {
  return (
    <div className="browse">
      <Level {...props} parent={null} />
    </div>
  );
}

function Level({ parent, ...props }: Props & { readonly parent: string | null }) {
  const { t } = useTranslation();
  const say = useSaid();
  const { driver, settings } = props.connection;
  const query = useQuery({
    queryKey: ['browse', props.gatewayId, driver, settings, parent],
    queryFn: ({ signal }) =>
      gatewayApi.ask(
        props.gatewayId,
        { kind: 'browse', driver, settings, ...(parent === null ? {} : { parent }) },
        signal,
      ),
    staleTime: 60_000,
    retry: false,
  });
  return (
    <Answer query={query}>
      {({ nodes = [], error, truncated }) => {
        if (error !== null) {
          return (
            <p className="late" role="alert">
              {say(error)}
            </p>
          );
        }
        return (
          <ul>
            {nodes.map((node) => (
              <Leaf key={node.address} node={node} {...props} />
            ))}
            {nodes.length === 0 ? <li className="soft">{t('onboarding.browse-empty')}</li> : null}
            {truncated ? (
              <li className="soft">{t('onboarding.browse-more', { shown: nodes.length })}</li>
            ) : null}
          </ul>
        );
      }}
    </Answer>
  );
}

function Leaf({ node, ...props }: Props & { readonly node: BrowseNode }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const isChosen = props.chosen.has(node.address);
  return (
    <li>
      <div className="browse-row">
        {node.folder ? (
          <button
            type="button"
            className="browse-open"
            aria-expanded={open}
            aria-label={t('onboarding.browse-open', { name: node.name })}
            onClick={() => setOpen(!open)}
          >
            <IxIcon name={open ? iconChevronDown : iconChevronRight} size="16" />
            {node.tag ? null : <span>{node.name}</span>}
          </button>
        ) : null}
        {node.tag ? (
          <button
            type="button"
            className="browse-take"
            disabled={isChosen}
            title={node.address}
            onClick={() => props.onChoose(node)}
          >
            <span>{node.name}</span>
            {node.value !== undefined ? <code>{String(node.value)}</code> : null}
            {node.meaning && node.meaning !== 'other' ? (
              <em>{t(`onboarding.role-${node.meaning}`)}</em>
            ) : null}
            <strong>{isChosen ? t('onboarding.chosen') : t('onboarding.choose')}</strong>
          </button>
        ) : null}
      </div>
      {open ? <Level {...props} parent={node.address} /> : null}
    </li>
  );
}
