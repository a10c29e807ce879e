/** A line that went on or off. */
export interface Edge {
  readonly line: number;
  readonly on: boolean;
  /** Epoch ms by the kernel's clock where there is one. */
  readonly at: number;
}

/** Who is told of edges. */
export interface EdgeSink {
  edges(edges: readonly Edge[]): void;
  /** Edges may have been missed from now on. */
  ended(reason: string): void;
}

/** Where edges come from. */
export interface PulseSource {
  /** Rejects with a `DriverFault`. */
  open(): Promise<void>;
  /** Keeps edges of these lines coming, in place of those before; tells why a line cannot be had. */
  watch(lines: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** Present levels, or why not. */
  levels(lines: readonly number[]): Promise<ReadonlyMap<number, boolean | string>>;
  /** Lines there are, with their names. */
  lines(): Promise<readonly { readonly line: number; readonly name: string }[]>;
  close(): Promise<void>;
}
