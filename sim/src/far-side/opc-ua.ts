import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { OPCUAServer } from 'node-opcua-server';
import { type OpenFarSide, POLL_MS, type Reading, STATE_BY_WORD } from './far-side.ts';
import { freePort } from './listen.ts';

const URI = 'urn:millrace:demonstration';

/** An OPC UA server with a folder of variables for each machine; signed and encrypted, whoever comes is trusted. */
export const openOpcUa: OpenFarSide = async (machines, folder) => {
  const certificates = (name: string): OPCUACertificateManager =>
    new OPCUACertificateManager({
      rootFolder: join(folder, name),
      automaticallyAcceptUnknownCertificate: true,
    });
  const server = new OPCUAServer({
    port: await freePort(folder),
    hostname: '127.0.0.1',
    serverInfo: { applicationUri: 'urn:millrace:demonstration:server' },
    serverCertificateManager: certificates('pki'),
    userCertificateManager: certificates('users'),
  });
  await server.initialize();
  const variables = addVariables(server, machines);
  await server.start();
  const port = server.endpoints[0]?.port ?? 0;
  return {
    connection: {
      code: 'packing-hall',
      driver: 'opc-ua',
      settings: {
        endpoint: `opc.tcp://127.0.0.1:${port}`,
        securityPolicy: 'Basic256Sha256',
        securityMode: 'sign-and-encrypt',
        trustOnFirstUse: true,
        publishMs: POLL_MS,
      },
    },
    mapping: (machine) => {
      const tag = (name: string) => ({
        name,
        connection: 'packing-hall',
        address: `nsu=${URI};s=${machine}.${name}`,
      });
      return {
        tags: [tag('pieces'), tag('state'), { ...tag('energy'), unit: 'W.h' }],
        count: { from: 'counter', tag: 'pieces' },
        state: STATE_BY_WORD,
        energy: { tag: 'energy', kind: 'meter' },
      };
    },
    show: (machine, reading) => variables.get(machine)?.(reading),
    close: () => server.shutdown(0),
  };
};

/** For each machine what puts a reading into its variables. */
function addVariables(
  server: OPCUAServer,
  machines: readonly string[],
): ReadonlyMap<string, (reading: Reading) => void> {
  const space = server.engine.addressSpace;
  if (space === null) throw new TypeError('the OPC UA server has no address space');
  const own = space.registerNamespace(URI);
  return new Map(
    machines.map((machine) => {
      const place = own.addObject({
        organizedBy: space.rootFolder.objects,
        browseName: machine,
        nodeId: `s=${machine}`,
      });
      const variable = (name: string, dataType: string) =>
        own.addVariable({
          componentOf: place,
          browseName: name,
          nodeId: `s=${machine}.${name}`,
          dataType,
          minimumSamplingInterval: POLL_MS / 2,
        });
      const pieces = variable('pieces', 'UInt32');
      const state = variable('state', 'String');
      const energy = variable('energy', 'Double');
      let last: Reading | undefined;
      const show = (reading: Reading): void => {
        if (reading.pieces !== last?.pieces)
          pieces.setValueFromSource({ dataType: 'UInt32', value: reading.pieces % 2 ** 32 });
        if (reading.state !== last?.state)
          state.setValueFromSource({ dataType: 'String', value: reading.state });
        if (reading.energyWh !== last?.energyWh)
          energy.setValueFromSource({ dataType: 'Double', value: reading.energyWh });
        last = reading;
      };
      return [machine, show] as const;
    }),
  );
}
