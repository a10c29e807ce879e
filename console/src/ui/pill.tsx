import type {
  AllocationState,
  LineState,
  MachineState,
  ProductionState,
  ShipmentState,
} from '@millrace/contract';
import {
  iconCheck,
  iconCircle,
  iconClock,
  iconClose,
  iconCogwheel,
  iconError,
  iconPackage,
  iconPause,
  iconPlay,
  iconPowerSupply,
  iconQuestion,
  iconSuccess,
  iconTruck,
  iconUndo,
  iconWarning,
} from '@siemens/ix-icons/icons';
import { useTranslation } from 'react-i18next';
import { maskOf } from './icon-mask.ts';

export type Tone = 'success' | 'info' | 'warning' | 'alarm' | 'neutral' | 'primary';
type Look = readonly [tone: Tone, icon: string];

/** Never colour alone: icon, word and colour say the same thing three times. */
export const MACHINE_LOOK: Record<MachineState, Look> = {
  running: ['success', iconPlay],
  idle: ['info', iconPause],
  setup: ['warning', iconCogwheel],
  down: ['alarm', iconError],
  off: ['neutral', iconPowerSupply],
  unknown: ['neutral', iconQuestion],
};
const LINE_LOOK: Record<LineState, Look> = {
  submitted: ['info', iconClock],
  allocated: ['primary', iconCheck],
  'partly-allocated': ['warning', iconWarning],
  unplaceable: ['alarm', iconError],
  'in-production': ['primary', iconCogwheel],
  produced: ['success', iconPackage],
  shipped: ['info', iconTruck],
  received: ['success', iconSuccess],
  cancelled: ['neutral', iconClose],
};
const ALLOCATION_LOOK: Record<AllocationState, Look> = {
  offered: ['warning', iconClock],
  accepted: ['primary', iconCheck],
  'in-production': ['primary', iconCogwheel],
  produced: ['success', iconSuccess],
  declined: ['alarm', iconClose],
  expired: ['alarm', iconClock],
  withdrawn: ['neutral', iconUndo],
  recalled: ['warning', iconUndo],
  cancelled: ['neutral', iconClose],
};
const PRODUCTION_LOOK: Record<ProductionState, Look> = {
  released: ['info', iconClock],
  running: ['primary', iconCogwheel],
  completed: ['success', iconSuccess],
  recalled: ['warning', iconUndo],
  cancelled: ['neutral', iconClose],
};
const SHIPMENT_LOOK: Record<ShipmentState, Look> = {
  ready: ['info', iconPackage],
  'in-transit': ['primary', iconTruck],
  arrived: ['warning', iconClock],
  received: ['success', iconSuccess],
};

type PillProps = Readonly<{ tone: Tone; icon?: string; children: string }>;

export function Pill({ tone, icon = iconCircle, children }: PillProps) {
  return (
    <span className={`pill pill-${tone}`}>
      <span className="pill-icon" style={maskOf(icon)} aria-hidden="true" />
      {children}
    </span>
  );
}

export function MachineStatePill({ state }: { readonly state: MachineState }) {
  const { t } = useTranslation();
  const [tone, icon] = MACHINE_LOOK[state];
  return (
    <Pill tone={tone} icon={icon}>
      {t(`machine-state.${state}`)}
    </Pill>
  );
}

export function LineStatePill({ state }: { readonly state: LineState }) {
  const { t } = useTranslation();
  const [tone, icon] = LINE_LOOK[state];
  return (
    <Pill tone={tone} icon={icon}>
      {t(`line-state.${state}`)}
    </Pill>
  );
}

export function AllocationStatePill({ state }: { readonly state: AllocationState }) {
  const { t } = useTranslation();
  const [tone, icon] = ALLOCATION_LOOK[state];
  return (
    <Pill tone={tone} icon={icon}>
      {t(`allocation-state.${state}`)}
    </Pill>
  );
}

export function ProductionStatePill({ state }: { readonly state: ProductionState }) {
  const { t } = useTranslation();
  const [tone, icon] = PRODUCTION_LOOK[state];
  return (
    <Pill tone={tone} icon={icon}>
      {t(`production-state.${state}`)}
    </Pill>
  );
}

export function ShipmentStatePill({ state }: { readonly state: ShipmentState }) {
  const { t } = useTranslation();
  const [tone, icon] = SHIPMENT_LOOK[state];
  return (
    <Pill tone={tone} icon={icon}>
      {t(`shipment-state.${state}`)}
    </Pill>
  );
}
