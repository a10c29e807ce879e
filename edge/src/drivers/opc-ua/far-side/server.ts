/** The far side of the tests: a server of node-opcua in a process of its own, told by messages what its variables hold. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  ApplicationDescription,
  DataType,
  MessageSecurityMode,
  NodeId,
  StatusCodes,
  VariantArrayType,
} from 'node-opcua-client';
import { OPCUAServer, type ServerSession } from 'node-opcua-server';
import type { FarCommand, FarPlan, FarTag, FarValue } from './words.ts';

const plan = JSON.parse(process.env.OPC_UA_PLAN ?? '{}') as FarPlan;
/** The node sets come with the server's package. */
const requireOfServer = createRequire(createRequire(import.meta.url).resolve('node-opcua-server'));
const nodeSets = dirname(requireOfServer.resolve('node-opcua-nodesets/package.json'));
const MODELS = [
  'Opc.Ua.Di',
  'opc.ua.isa95-jobcontrol',
  'Opc.Ua.Machinery',
  'Opc.Ua.IA',
  'Opc.Ua.Machinery.Jobs',
  'Opc.Ua.MachineTool',
];
const SUFFIX: Readonly<Record<string, string>> = {
  'opc.ua.isa95-jobcontrol': '.nodeset2.xml',
  'Opc.Ua.Machinery.Jobs': '.Nodeset2.xml',
};
const models = MODELS.map((name) => join(nodeSets, 'nodesets', `${name}${SUFFIX[name] ?? '.NodeSet2.xml'}`));
const standard = join(nodeSets, 'nodesets', 'Opc.Ua.NodeSet2.xml');

const server = new OPCUAServer({
  port: plan.port,
  nodesets: [standard, ...(plan.nodeSets ?? (plan.machines === true ? models : []))],
  allowAnonymous: plan.anonymous ?? true,
  securityPolicies: (plan.policies ?? ['None', 'Basic256Sha256', 'Aes256_Sha256_RsaPss']).map(
    (name) => `http://opcfoundation.org/UA/SecurityPolicy#${name}`,
  ) as never,
  ...(plan.policies?.includes('None') === false
    ? { securityModes: [MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt] }
    : {}),
  userManager: {
    isValidUser: (name: string, password: string) => name === 'millrace' && password === plan.password,
  },
  serverInfo: {
    applicationUri: `urn:millrace:${plan.name ?? 'far-side'}`,
    applicationName: { text: plan.name ?? 'far-side' },
  },
  ...(plan.itemsPerCall === undefined
    ? {}
    : { serverCapabilities: { operationLimits: { maxMonitoredItemsPerCall: plan.itemsPerCall } } }),
});
const { getServers } = server;
server.getServers = (channel) => [
  ...getServers.call(server, channel),
  ...(plan.knows ?? []).map(
    (url) => new ApplicationDescription({ applicationUri: `urn:${url}`, discoveryUrls: [url] }),
  ),
];
await server.initialize();
const space = server.engine.addressSpace;
if (space === null) throw new TypeError('no address space');
for (const uri of plan.namespaces ?? []) addDecoy(space.registerNamespace(uri));
const own = space.registerNamespace('urn:millrace:test');
const objects = space.rootFolder.objects;
const folder = own.addObject({ organizedBy: objects, browseName: 'Line', nodeId: 's=Line' });
type Variable = ReturnType<typeof own.addVariable>;
const variables = new Map<string, Variable>();

for (const tag of plan.tags ?? []) addTag(tag);
for (let index = 0; index < (plan.counters ?? 0); index++)
  addTag({ id: `n${index}`, type: 'UInt32', value: 0 });
if ((plan.counters ?? 0) > 0) countEachSecond();
addMethods();
if (plan.machines === true) addMachines();
trust(plan.trustClients ?? true);

process.on('message', (command: FarCommand) => {
  if ('trustClients' in command) trust(command.trustClients);
  else if ('add' in command) addTag(command.add);
  else if ('forget' in command) forget(command.forget);
  else if ('set' in command) put(variables.get(command.set), command.to);
  else put(below(command.path), command.to);
  process.send?.('done');
});
process.on('disconnect', () => process.exit());
await server.start();
process.send?.({ port: server.endpoints[0]?.port });

function trust(all: boolean): void {
  const store = server.serverCertificateManager;
  if (store !== undefined && 'automaticallyAcceptUnknownCertificate' in store)
    store.automaticallyAcceptUnknownCertificate = all;
}

function forget(what: 'sessions' | 'subscriptions'): void {
  for (const session of Object.values(sessionsOf(server.engine))) {
    if (what === 'sessions') server.engine.closeSession(session.authenticationToken, true, 'Terminated');
    else for (const { id } of session.publishEngine.subscriptions) session.deleteSubscription(id);
  }
}

/** The stack keeps them where its types do not show them. */
function sessionsOf(engine: object): Record<string, ServerSession> {
  return Reflect.get(engine, '_sessions');
}

function addDecoy(namespace: typeof own): void {
  if (plan.decoy === undefined || space === null) return;
  const decoy = namespace.addVariable({
    organizedBy: space.rootFolder.objects,
    browseName: plan.decoy,
    nodeId: `s=${plan.decoy}`,
    dataType: 'UInt32',
  });
  decoy.setValueFromSource({ dataType: DataType.UInt32, value: 666 });
}

function addTag(tag: FarTag): void {
  const variable = own.addVariable({
    componentOf: folder,
    browseName: tag.id,
    nodeId: `s=${tag.id}`,
    dataType: tag.type,
    valueRank: tag.array === true ? 1 : -1,
    minimumSamplingInterval: 50,
    accessLevel: tag.writable === true ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
    userAccessLevel: tag.writable === true ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
  });
  variables.set(tag.id, variable);
  put(variable, tag);
}

function put(variable: Variable | undefined, { type, value, status, at }: FarValue): void {
  if (variable === undefined) throw new TypeError('no such variable');
  const code = StatusCodes[(status ?? 'Good') as 'Good'];
  const isArray = Array.isArray(value) && !type.endsWith('64');
  variable.setValueFromSource(
    {
      dataType: DataType[type],
      arrayType: isArray ? VariantArrayType.Array : VariantArrayType.Scalar,
      value: rawOf(type, value),
    },
    code,
    at === undefined ? new Date() : new Date(at),
  );
}

/** JSON has no times, node ids and NaN. */
function rawOf(type: FarValue['type'], value: unknown): unknown {
  if (type === 'DateTime') return new Date(Number(value));
  if (type === 'NodeId') return localNodeId(String(value));
  return value === 'NaN' ? Number.NaN : value;
}

function localNodeId(text: string): NodeId {
  const uri = /^nsu=([^;]+);/.exec(text)?.[1];
  const index = uri === undefined ? 0 : (space?.getNamespaceIndex(uri) ?? 0);
  return NodeId.resolveNodeId(text.replace(/^nsu=[^;]+;/, `ns=${index};`));
}

function countEachSecond(): void {
  let count = 0;
  setInterval(() => {
    count++;
    for (let index = 0; index < (plan.counters ?? 0); index++) {
      put(variables.get(`n${index}`), { type: 'UInt32', value: count * 10_000 + index });
    }
  }, 1_000);
}

function addMethods(): void {
  const double = own.addMethod(folder, {
    browseName: 'Double',
    nodeId: 's=Double',
    inputArguments: [{ name: 'value', dataType: DataType.Int32, valueRank: -1 }],
    outputArguments: [{ name: 'double', dataType: DataType.Int32, valueRank: -1 }],
  });
  double.bindMethod((inputs, _context, answer) => {
    const outputArguments = [{ dataType: DataType.Int32, value: 2 * Number(inputs[0]?.value) }];
    answer(null, { statusCode: StatusCodes.Good, outputArguments });
  });
  const stop = own.addMethod(folder, {
    browseName: 'Refuse',
    nodeId: 's=Refuse',
    inputArguments: [],
    outputArguments: [],
  });
  stop.bindMethod((_inputs, _context, answer) =>
    answer(null, { statusCode: StatusCodes.BadInvalidState, outputArguments: [] }),
  );
}

function machinesFolder() {
  const index = space?.getNamespaceIndex('http://opcfoundation.org/UA/Machinery/') ?? -1;
  return space?.findNode(`ns=${index};i=1001`) as typeof folder;
}

/** A mill as of today, and a lathe of before OPC 40001-1 had building blocks: program, mode, a plan with one job. */
function addMachines(): void {
  addBlocks(
    addMachineTool('Mill', ['Production.Statistics', 'Production.Statistics.PartsProducedInLifetime']),
  );
  const lathe = addMachineTool('Lathe', ['Production.ProductionPlan']);
  const plan = lathe.getComponentByName('Production')?.getChildByName('ProductionPlan');
  const index = space?.getNamespaceIndex('http://opcfoundation.org/UA/MachineTool/') ?? -1;
  space?.findObjectType('ProductionJobType', index)?.instantiate({
    browseName: { name: 'Job 1', namespaceIndex: own.index },
    namespace: own,
    componentOf: plan as typeof folder,
  });
}

function addMachineTool(name: string, optionals: readonly string[]): typeof folder {
  const index = space?.getNamespaceIndex('http://opcfoundation.org/UA/MachineTool/') ?? -1;
  const machine = space?.findObjectType('MachineToolType', index)?.instantiate({
    browseName: { name, namespaceIndex: own.index },
    namespace: own,
    organizedBy: machinesFolder(),
    optionals: [...optionals],
  });
  if (machine === undefined) throw new TypeError('no MachineToolType');
  return machine as typeof folder;
}

/** The building blocks of OPC 40001-1, which are optional. */
function addBlocks(machine: typeof folder): void {
  const index = space?.getNamespaceIndex('http://opcfoundation.org/UA/Machinery/') ?? -1;
  const blocks = own.addObject({ componentOf: machine, browseName: 'MachineryBuildingBlocks' });
  for (const [type, name] of [
    ['MachineryItemState_StateMachineType', 'MachineryItemState'],
    ['MachineryOperationModeStateMachineType', 'MachineryOperationMode'],
  ] as const) {
    space?.findObjectType(type, index)?.instantiate({
      browseName: { name, namespaceIndex: index },
      namespace: own,
      componentOf: blocks as typeof folder,
    });
  }
}

function below(path: readonly string[], from: typeof folder = machinesFolder()): Variable | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return from as unknown as Variable;
  for (const next of from.findReferencesExAsObject('HierarchicalReferences')) {
    const found = next.browseName.name === name ? below(rest, next as typeof folder) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
