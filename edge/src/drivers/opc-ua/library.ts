import { DriverFault } from '../../driver/index.ts';

/** The protocol stack. Optional and large, hence loaded when the first OPC UA connection opens. */
export type OpcUa = typeof import('node-opcua-client');

/** Loads the stack; its own log is turned off, because everything it knows comes back as a fault in words. */
export async function loadOpcUa(): Promise<OpcUa> {
  let opcua: OpcUa;
  try {
    opcua = await import('node-opcua-client');
  } catch (cause) {
    throw new DriverFault(
      'OPC UA needs the package node-opcua-client beside the agent: npm install node-opcua-client',
      {
        cause,
        lasting: true,
      },
    );
  }
  const quiet = (): undefined => undefined;
  opcua.setWarningLogger(quiet);
  opcua.setErrorLogger(quiet);
  return opcua;
}
