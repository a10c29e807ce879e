/** What a device said at one instant in another form than V3; already bound to a machine. */
export interface TelemetryMessage {
  readonly orgId: string;
  readonly networkId: string;
  readonly machineId: string;
  /** Epoch ms by the device's clock, or the platform's when it gave none. */
  readonly at: number;
  readonly numbers: readonly (readonly [name: string, value: number])[];
  readonly texts: readonly (readonly [name: string, value: string])[];
}
