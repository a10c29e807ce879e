import type { FeedEvent } from '@millrace/contract';
import { iconHistory } from '@siemens/ix-icons/icons';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFeed } from '../../api/board.ts';
import { recall, remember } from '../../app/remembered.ts';
import { Answer } from '../../ui/answer.tsx';
import { instant } from '../../ui/format.ts';
import { maskOf } from '../../ui/icon-mask.ts';
import { Panel } from '../../ui/page.tsx';
import { Segments } from '../../ui/segments.tsx';
import { FEED_TOPICS, type FeedTopic, lookOf, pathOf } from './feed-look.ts';
import { useFeedSentence } from './feed-sentence.ts';

const KEY = 'board.feed-topic';

export function EventFeed() {
  const { t } = useTranslation();
  const { query, live } = useFeed();
  const [topic, setTopic] = useState<FeedTopic>(
    () => FEED_TOPICS.find((one) => one === recall(KEY)) ?? 'all',
  );
  const choose = (next: FeedTopic) => {
    setTopic(next);
    remember(KEY, next);
  };
  const shown = (events: readonly FeedEvent[]) =>
    events.filter((event) => topic === 'all' || lookOf(event.kind).topic === topic);
  return (
    <Panel
      className="board-feed"
      title={t('board.feed')}
      tools={
        <span className={live ? 'live live-on' : 'live'}>
          {live ? t('common.live') : t('common.reconnecting')}
        </span>
      }
    >
      <Segments
        label={t('board.feed-filter')}
        value={topic}
        options={FEED_TOPICS.map((one) => [one, t(`feed-topic.${one}`)])}
        onChange={choose}
      />
      <Answer
        query={query}
        isEmpty={(events) => shown(events).length === 0}
        empty={{ icon: iconHistory, title: t('board.feed-empty'), text: t('board.feed-empty-text') }}
      >
        {(events) => (
          <ol className="feed">
            {shown(events).map((event) => (
              <FeedRow key={event.id} event={event} />
            ))}
          </ol>
        )}
      </Answer>
    </Panel>
  );
}

function FeedRow({ event }: { readonly event: FeedEvent }) {
  const sentence = useFeedSentence();
  const look = lookOf(event.kind);
  const path = pathOf(event);
  const { title, text } = sentence(event);
  const body = (
    <>
      <span className={`feed-icon tone-${look.tone}`} style={maskOf(look.icon)} aria-hidden="true" />
      <span className="feed-text">
        <strong>{title}</strong>
        <span>{text}</span>
      </span>
      <time dateTime={new Date(event.at).toISOString()}>{instant(event.at, 'moment')}</time>
    </>
  );
  return (
    <li>
      {path ? (
        <Link to={path} className="plain feed-row">
          {body}
        </Link>
      ) : (
        <div className="feed-row">{body}</div>
      )}
    </li>
  );
}
