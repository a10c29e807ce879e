/** What a test says to the far side's process, and how it begins. */

export type FarType =
  | 'Boolean'
  | 'SByte'
  | 'Int16'
  | 'UInt16'
  | 'Int32'
  | 'UInt32'
  | 'Int64'
  | 'UInt64'
  | 'Float'
  | 'Double'
  | 'String'
  | 'DateTime'
  | 'LocalizedText'
  | 'NodeId';

export interface FarValue {
  readonly type: FarType;
  /** 64-bit integers as the pair of halves, times as epoch ms. */
  readonly value: unknown;
  /** Name of a status code; absent = Good. */
  readonly status?: string;
  /** Source timestamp, epoch ms; absent = now. */
  readonly at?: number;
}

export interface FarTag extends FarValue {
  /** `s=` in the namespace `urn:millrace:test`. */
  readonly id: string;
  readonly writable?: boolean;
  readonly array?: boolean;
}

export interface FarPlan {
  /** Each of the namespaces before has a variable of this name that holds 666: who reads it, reads the wrong one. */
  readonly decoy?: string;
  /** 0 = given by the system. */
  readonly port: number;
  /** URIs registered before the test's own, so that its index shifts. */
  readonly namespaces?: readonly string[];
  readonly tags?: readonly FarTag[];
  /** So many more tags `n0`, `n1` … of UInt32, all counting each second. */
  readonly counters?: number;
  /** Loads the companion models and makes a machine of each. */
  readonly machines?: boolean;
  /** Files of node sets loaded in place of those of the package. */
  readonly nodeSets?: readonly string[];
  readonly password?: string;
  /** False = unknown clients are turned away until a test trusts them. */
  readonly trustClients?: boolean;
  readonly anonymous?: boolean;
  readonly policies?: readonly (
    | 'None'
    | 'Basic256Sha256'
    | 'Aes256_Sha256_RsaPss'
    | 'Aes128_Sha256_RsaOaep'
  )[];
  readonly itemsPerCall?: number;
  /** Of its application; absent = `far-side`. */
  readonly name?: string;
  /** Endpoints of other servers that this one tells of, as a discovery server does. */
  readonly knows?: readonly string[];
}

export type FarCommand =
  | { readonly set: string; readonly to: FarValue }
  | { readonly trustClients: boolean }
  | { readonly add: FarTag }
  /** The server forgets what its clients had, as after a licence ran out or a session limit was reached. */
  | { readonly forget: 'sessions' | 'subscriptions' }
  /** Sets a variable of a machine by the path of browse names below the Machines folder. */
  | { readonly path: readonly string[]; readonly to: FarValue };

export interface FarReady {
  readonly port: number;
}
