import { connectAsync } from 'mqtt';
import type { Credentials } from './credentials.ts';
import type { ShopFloor } from './shop-floor.ts';

/** One machine that reports through ThingsBoard's telemetry topic, like a device that was bought with it. */
export interface DeviceLink {
  send(now: number): void;
  close(): Promise<void>;
}

export async function openDevice(
  mqttUrl: string,
  device: Credentials['device'],
  floors: readonly ShopFloor[],
): Promise<DeviceLink> {
  const client = await connectAsync(mqttUrl, {
    username: device.token,
    clientId: `device-${device.machineCode}`,
  });
  const floor = floors.find((one) => one.owns(device.machineCode));
  return {
    send: (now) => {
      const minute = floor?.lastOf(device.machineCode);
      if (!minute) return;
      client.publish(
        'v1/devices/me/telemetry',
        JSON.stringify({
          ts: now,
          values: { parts: minute.count, running: minute.runningS > 0, energyWh: minute.energyWh },
        }),
        { qos: 1 },
      );
    },
    close: () => client.endAsync(),
  };
}
