import type { Allocation } from '@millrace/contract';
import { iconCheck, iconClock, iconClose } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { factory, useOffers } from '../../api/factory.ts';
import { useMe } from '../../api/session.ts';
import { useDomainClock, useDomainNow } from '../../app/domain-clock.ts';
import { may } from '../../app/permission.ts';
import { Answer } from '../../ui/answer.tsx';
import { countdown, instant, money, number } from '../../ui/format.ts';
import { Priority } from '../../ui/priority.tsx';
import { Refusal } from '../../ui/refusal.tsx';
import { tellDone } from '../../ui/toast.ts';
import { useChosenSite } from './chosen-site.ts';
import { DeclineDialog } from './decline-dialog.tsx';

/** A minute before the end the countdown calls. */
const URGENT_MS = 60_000;

export function OffersPage() {
  const { t } = useTranslation();
  const { siteId } = useChosenSite();
  const offers = useOffers(siteId);
  const [declining, setDeclining] = useState<Allocation | null>(null);
  return (
    <>
      <Answer
        query={offers}
        skeleton="cards"
        isEmpty={({ rows }) => rows.length === 0}
        empty={{ icon: iconClock, title: t('offers.empty'), text: t('offers.empty-text') }}
      >
        {({ rows }) => (
          <ul className="offers">
            {rows.map((offer) => (
              <OfferCard key={offer.id} offer={offer} onDecline={() => setDeclining(offer)} />
            ))}
          </ul>
        )}
      </Answer>
      {declining ? <DeclineDialog offer={declining} onClose={() => setDeclining(null)} /> : null}
    </>
  );
}

type CardProps = Readonly<{ offer: Allocation; onDecline: () => void }>;

function OfferCard({ offer, onDecline }: CardProps) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const left = useTimeLeft(offer.offerExpiresAt);
  const over = left !== null && left <= 0;
  const accept = useMutation({
    mutationFn: () => factory.accept(offer.id),
    onSuccess: async () => {
      await client.invalidateQueries();
      tellDone(t('offers.accepted', { order: offer.orderNo }));
    },
  });
  return (
    <li className="offer">
      <header>
        <Priority value={offer.priority} />
        <strong>{offer.itemName}</strong>
      </header>
      <p className="offer-price">
        {t('quantity.pieces', { quantity: number(offer.quantity) })} ·{' '}
        {money(offer.costMinor, offer.currency)}
      </p>
      <p>
        {instant(offer.startAt)} → {instant(offer.finishAt)}
      </p>
      <p className="soft">
        {offer.siteName} · {offer.orderNo} · {t('offers.machines', { machines: number(machinesOf(offer)) })}
      </p>
      <Countdown left={left} />
      <Refusal error={accept.error} />
      {may(me, 'allocation.answer') && !over ? (
        <div className="offer-answers">
          <IxButton variant="secondary" icon={iconClose} onClick={onDecline}>
            {t('offers.decline')}
          </IxButton>
          <IxButton icon={iconCheck} loading={accept.isPending} onClick={() => accept.mutate()}>
            {t('offers.accept')}
          </IxButton>
        </div>
      ) : null}
    </li>
  );
}

/** Left for the person, wall time: the offer runs out by the network's clock, which may run faster. */
function useTimeLeft(until: number | null): number | null {
  const speed = useDomainClock().data?.speed ?? 1;
  const now = useDomainNow(1_000);
  return until === null ? null : (until - now) / speed;
}

function Countdown({ left }: { readonly left: number | null }) {
  const { t } = useTranslation();
  if (left === null) return <p className="soft">{t('offers.no-limit')}</p>;
  return (
    <p className={left < URGENT_MS ? 'offer-time late' : 'offer-time'} role="timer">
      {left > 0 ? t('offers.left', { time: countdown(left) }) : t('offers.over')}
    </p>
  );
}

function machinesOf(offer: Allocation): number {
  return new Set(offer.subLots.map(({ machineId }) => machineId)).size;
}
