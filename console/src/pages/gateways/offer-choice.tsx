import type { ConnectionOffer } from '@millrace/contract';
import { IxButton } from '@siemens/ix-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { gatewayApi } from '../../api/gateway.ts';
import { useSaid } from '../../i18n/said.tsx';
import { number } from '../../ui/format.ts';
import { Refusal } from '../../ui/refusal.tsx';
import type { DraftConnection } from './draft.ts';
import { useSettingText } from './setting-text.ts';

type Settings = DraftConnection['settings'];
type Props = Readonly<{
  gatewayId: string;
  connection: DraftConnection;
  /** Enough is entered to ask. */
  ready: boolean;
  onChoose: (settings: Settings) => void;
}>;

/** The agent asks at the address what there is to connect to: servers with their security, devices, slots. */
export function OfferChoice({ gatewayId, connection, ready, onChoose }: Props) {
  const { t } = useTranslation();
  const say = useSaid();
  const { driver, settings } = connection;
  const look = useMutation({
    mutationFn: () => gatewayApi.ask(gatewayId, { kind: 'discover', driver, settings }),
  });
  const { error = null, offers = [] } = look.data ?? {};
  const shown = differing(offers);
  return (
    <div className="stack">
      <div className="row">
        <IxButton
          variant="secondary"
          disabled={!ready}
          loading={look.isPending}
          onClick={() => look.mutate()}
        >
          {t('onboarding.offers-ask')}
        </IxButton>
        <span className="soft" role="status">
          {look.isPending ? t('onboarding.offers-asking') : null}
          {look.isSuccess && error === null
            ? t('onboarding.offers-found', { found: number(offers.length) })
            : null}
        </span>
      </div>
      {error === null ? null : (
        <p className="late" role="alert">
          {say(error)}
        </p>
      )}
      <Refusal error={look.error} />
      {offers.length > 0 ? (
        <ul className="choice-list choice-grid">
          {offers.map((offer) => (
            <li key={JSON.stringify(offer.settings)}>
              <Offer offer={offer} shown={shown} settings={settings} onChoose={onChoose} />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

/** Settings that tell the offers apart; of a single one all of them. */
function differing(offers: readonly ConnectionOffer[]): readonly string[] {
  const [first, ...others] = offers;
  return Object.keys(first?.settings ?? {}).filter(
    (name) => others.length === 0 || others.some(({ settings }) => settings[name] !== first?.settings[name]),
  );
}

type OfferProps = Readonly<{
  offer: ConnectionOffer;
  shown: readonly string[];
  settings: Settings;
  onChoose: (settings: Settings) => void;
}>;

function Offer({ offer, shown, settings, onChoose }: OfferProps) {
  const { t } = useTranslation();
  const settingText = useSettingText();
  const parts = Object.entries(offer.settings);
  const missing = offer.needs.filter((name) => settings[name] === undefined);
  return (
    <button
      type="button"
      className="choice"
      aria-pressed={parts.every(([name, value]) => settings[name] === value)}
      onClick={() => onChoose({ ...settings, ...offer.settings })}
    >
      <strong>{offer.name}</strong>
      {shown.map((name) => (
        <span key={name} className="soft">
          {t(`setting.${name}`)}: {settingText(name, offer.settings[name])}
        </span>
      ))}
      {missing.length > 0 ? (
        <span>
          {t('onboarding.offers-need', { names: missing.map((one) => t(`setting.${one}`)).join(', ') })}
        </span>
      ) : null}
    </button>
  );
}
