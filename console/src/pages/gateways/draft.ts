import type {
  CountSource,
  EdgeMachine,
  EdgeTag,
  EnergySource,
  EnrolmentCode,
  Gateway,
  MachineTemplate,
  StateSource,
} from '@millrace/contract';

/** The steps of setting a machine up, in their order. */
export const STEPS = ['gateway', 'machine', 'connection', 'values', 'meaning', 'save', 'records'] as const;
export type Step = (typeof STEPS)[number];

export type DraftTag = Readonly<
  Omit<EdgeTag, 'connection' | 'address'> & {
    /** Empty = not chosen yet. */
    address: string;
    hint?: MachineTemplate['machine']['tags'][number]['hint'];
  }
>;
export type DraftConnection = Readonly<{
  code: string;
  driver: string;
  settings: Readonly<Record<string, unknown>>;
  /** Settings asked for first; empty = all that the driver needs. */
  ask: readonly string[];
}>;
/** What has been entered so far; nothing of it is at the platform but the gateway and the machine. */
export type Draft = Readonly<{
  /** Wall, ms: the time it took is told at the end. */
  begunAt: number;
  gateway: Pick<Gateway, 'id' | 'code' | 'name' | 'organisationId'> | null;
  code: EnrolmentCode | null;
  machine: Readonly<{ id: string; code: string; name: string; zone: string }> | null;
  template: string | null;
  connection: DraftConnection | null;
  tags: readonly DraftTag[];
  count: CountSource | null;
  state: StateSource | null;
  energy: EnergySource | null;
  signals: readonly string[];
  rules: NonNullable<EdgeMachine['rules']>;
  saved: Readonly<{ version: number; at: number; lastMinute: number | null }> | null;
  doneAt: number | null;
}>;

export function freshDraft(now: number): Draft {
  return {
    begunAt: now,
    gateway: null,
    code: null,
    machine: null,
    template: null,
    connection: null,
    tags: [],
    count: null,
    state: null,
    energy: null,
    signals: [],
    rules: [],
    saved: null,
    doneAt: null,
  };
}

/** The first step that still lacks something; later ones cannot be opened. */
export function reachable(draft: Draft): Step {
  if (!draft.gateway) return 'gateway';
  if (!draft.machine) return 'machine';
  if (!draft.connection) return 'connection';
  if (draft.tags.length === 0 || draft.tags.some(({ address }) => address === '')) return 'values';
  if (draft.saved) return 'records';
  return draft.count || draft.state || draft.energy || draft.signals.length > 0 ? 'save' : 'meaning';
}

export function isOpen(draft: Draft, step: Step): boolean {
  return STEPS.indexOf(step) <= STEPS.indexOf(reachable(draft));
}

/** What a template says, over what was entered about gateway and machine. */
export function withTemplate(draft: Draft, template: MachineTemplate): Draft {
  const { tags, count, state, energy, signals, rules } = template.machine;
  const { driver, settings } = template.connection;
  return {
    ...draft,
    template: template.template,
    connection: { code: connectionCode(draft, driver), driver, settings, ask: template.ask },
    tags: tags.map((tag) => ({ ...tag, address: tag.address ?? '' })),
    count: count ?? null,
    state: state ?? null,
    energy: energy ?? null,
    signals: signals ?? [],
    rules: rules ?? [],
    saved: null,
    doneAt: null,
  };
}

/** Without a template: the driver, and nothing chosen. */
export function withDriver(draft: Draft, driver: string, settings: Readonly<Record<string, unknown>>): Draft {
  const ask = Object.keys(settings);
  const connection = { code: connectionCode(draft, driver), driver, settings, ask };
  return {
    ...freshDraft(draft.begunAt),
    gateway: draft.gateway,
    code: draft.code,
    machine: draft.machine,
    connection,
  };
}

const connectionCode = (draft: Draft, driver: string): string =>
  `${draft.machine?.code ?? 'machine'}-${driver}`.slice(0, 64);

const KEY = 'millrace.onboarding';

/** Kept by the tab, so that a reload loses nothing and another tab may set up another machine. */
export function keptDraft(): Draft | null {
  try {
    const text = sessionStorage.getItem(KEY);
    const kept: unknown = text === null ? null : JSON.parse(text);
    // Written by `keepDraft` of this very tab.
    return typeof kept === 'object' && kept !== null && 'begunAt' in kept ? (kept as Draft) : null;
  } catch {
    // A browser without storage, or what another release left there: begin anew.
    return null;
  }
}

export function keepDraft(draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage the wizard works until the page is reloaded.
    return;
  }
}
