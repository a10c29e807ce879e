import type { PromiseOption, PromiseRequest } from '@millrace/contract';
import { iconClock } from '@siemens/ix-icons/icons';
import { useTranslation } from 'react-i18next';
import type { usePromise } from '../../api/orders.ts';
import { Answer, EmptyNote } from '../../ui/answer.tsx';
import { useCodeText } from '../../ui/code-text.ts';
import { duration, instant, money, number } from '../../ui/format.ts';
import { Pill } from '../../ui/pill.tsx';

type Props = Readonly<{ question: PromiseRequest | null; promise: ReturnType<typeof usePromise> }>;

/** The answer while typing: what can be had when, for how much, and what keeps it from being earlier. */
export function PromiseCards({ question, promise }: Props) {
  const { t } = useTranslation();
  const codeText = useCodeText();
  if (question === null) {
    return (
      <EmptyNote empty={{ icon: iconClock, title: t('promise.waiting'), text: t('promise.waiting-text') }} />
    );
  }
  return (
    <Answer query={promise} skeleton="cards">
      {(answer) => (
        <div className={promise.isPlaceholderData ? 'promise promise-old' : 'promise'} aria-live="polite">
          {answer.options.map((option) => (
            <OptionCard key={option.kind} option={option} question={question} />
          ))}
          {answer.options.length === 0 ? (
            <div className="promise-none">
              <Pill tone="alarm">{t('promise.none')}</Pill>
              <ul>
                {answer.refusals.map((refusal) => (
                  <li key={refusal.code}>
                    {t('promise.refusal', {
                      sites: number(refusal.sites),
                      reason: codeText('reason', refusal.code),
                    })}
                  </li>
                ))}
              </ul>
            </div>
          ) : null}
          <p className="soft promise-basis">
            {t('promise.basis', { ms: number(answer.computedMs, 1), hash: answer.basisHash.slice(0, 12) })}
          </p>
        </div>
      )}
    </Answer>
  );
}

type CardProps = Readonly<{ option: PromiseOption; question: PromiseRequest }>;

function OptionCard({ option, question }: CardProps) {
  const { t } = useTranslation();
  const slack = question.requestedAt - option.arriveAt;
  return (
    <article className={option.onTime ? 'promise-card' : 'promise-card promise-late'}>
      <header>
        <strong>{t(`promise.kind.${option.kind}`)}</strong>
        <Pill tone={option.onTime ? 'success' : 'warning'}>
          {option.onTime
            ? t('promise.early', { time: duration(slack) })
            : t('order.late-by', { time: duration(slack) })}
        </Pill>
      </header>
      <p className="promise-date">{instant(option.arriveAt, 'full')}</p>
      <p>{money(option.costMinor, option.currency)}</p>
      <ul>
        {option.sites.map((site) => (
          <li key={site.siteId}>
            {site.siteName} · {t('quantity.pieces', { quantity: number(site.quantity) })}
          </li>
        ))}
      </ul>
      <p className="soft">{t(`binding.${option.binding}`)}</p>
    </article>
  );
}
