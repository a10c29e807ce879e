import type { MachineRecord, MachineRecordUpload, UploadAnswer } from '@millrace/contract';
import { connectAsync, type MqttClient } from 'mqtt';

/** How a gateway delivers: kept until the platform has acknowledged. */
export interface GatewayLink {
  send(records: readonly MachineRecord[]): void;
  /** Until all that was sent is acknowledged. */
  drain(): Promise<void>;
  readonly waiting: number;
  close(): Promise<void>;
}

/** One upload; the interface's bound is 10,000. */
const RECORDS_PER_UPLOAD = 5_000;
/** What a gateway keeps while the platform is away; older records are dropped and counted, as a full box would. */
const BUFFER_MAX = 2_000_000;
const RETRY_MS = 1_000;

type Deliver = (upload: MachineRecordUpload) => Promise<void>;

export function httpLink(
  baseUrl: string,
  token: string,
  report: (answer: UploadAnswer) => void,
): GatewayLink {
  return storeAndForward(
    async (upload) => {
      const response = await fetch(`${baseUrl}/api/v3/machine-records`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(upload),
      });
      if (!response.ok) throw new TypeError(`upload refused: ${response.status} ${await response.text()}`);
      report((await response.json()) as UploadAnswer);
    },
    () => Promise.resolve(),
  );
}

/** The broker answers PUBACK after COMMIT, so a resolved publish is durable. */
export function mqttLink(mqttUrl: string, gatewayCode: string, token: string): GatewayLink {
  let client: MqttClient | undefined;
  return storeAndForward(
    async (upload) => {
      client ??= await connectAsync(mqttUrl, {
        username: token,
        clientId: `gateway-${gatewayCode}`,
        reconnectPeriod: 1000,
      });
      await client.publishAsync(`millrace/v3/${gatewayCode}/records`, JSON.stringify(upload), { qos: 1 });
    },
    async () => {
      await client?.endAsync();
    },
  );
}

function storeAndForward(deliver: Deliver, close: () => Promise<void>): GatewayLink {
  let buffer: MachineRecord[] = [];
  let running: Promise<void> | undefined;
  let closed = false;
  const run = async (): Promise<void> => {
    while (buffer.length > 0 && !closed) {
      const records = buffer.slice(0, RECORDS_PER_UPLOAD);
      try {
        await deliver({ v: 3, records });
        buffer = buffer.slice(records.length);
      } catch (error) {
        process.stderr.write(`gateway waits: ${error instanceof Error ? error.message : String(error)}\n`);
        await new Promise((resume) => setTimeout(resume, RETRY_MS));
      }
    }
  };
  const start = (): Promise<void> => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
  return {
    send: (records) => {
      buffer.push(...records);
      if (buffer.length > BUFFER_MAX) buffer = buffer.slice(buffer.length - BUFFER_MAX);
      void start();
    },
    drain: async () => {
      while (buffer.length > 0 && !closed) await start();
    },
    get waiting() {
      return buffer.length;
    },
    close: async () => {
      closed = true;
      await running;
      await close();
    },
  };
}
