import type { AgentHealth, ConfigFault, TagHealth } from '@millrace/contract';
import type { LinkState } from '../exchange/index.ts';

/** Everything that can be looked at on the box. */
export interface StatusSource {
  health(): AgentHealth;
  /** All of them, not only the bad ones. */
  tags(): readonly TagHealth[];
  /** Undefined = started with `--local` and without a platform. */
  link(): LinkState | undefined;
  readonly gateway: { readonly code: string; readonly server: string } | undefined;
  config(): {
    readonly seenVersion: number | null;
    readonly faults: readonly (ConfigFault & { readonly line?: number; readonly column?: number })[];
  };
  /** Outcomes of commands that the platform has not heard. */
  untoldCommands(): number;
  /** Why records cannot be kept; undefined while they can. */
  illness(): string | undefined;
}
