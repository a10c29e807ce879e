import type { TagValue } from '@millrace/contract';
import type { DataType, NodeId, VariantOptions } from 'node-opcua-client';
import { DriverFault } from '../../driver/index.ts';
import { localNode, type NodeAddress, parseMethod, parseTarget } from './address.ts';
import type { Server } from './browse.ts';
import { ownersOf } from './children.ts';
import { BUILT_IN, readingOf, statusText, typeName } from './value.ts';

/** Whole numbers that each type can hold. */
const RANGES: Readonly<Record<number, readonly [minimum: number, maximum: number]>> = {
  [BUILT_IN.sByte]: [-128, 127],
  [BUILT_IN.byte]: [0, 255],
  [BUILT_IN.int16]: [-32_768, 32_767],
  [BUILT_IN.uint16]: [0, 65_535],
  [BUILT_IN.int32]: [-2_147_483_648, 2_147_483_647],
  [BUILT_IN.uint32]: [0, 4_294_967_295],
  [BUILT_IN.int64]: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  [BUILT_IN.uint64]: [0, Number.MAX_SAFE_INTEGER],
};
/** Bit 1 of AccessLevel: the current value may be written. [OPC 10000-3 §8.57] */
const CURRENT_WRITE = 2;
/** Methods of more objects than that are shared so widely that the object must be named. */
const OWNERS_MAX = 2;
const WORD_32 = 4_294_967_296;
const BITS_32 = 32n;
/** The stack cannot tell a pair of halves from an array of two. */
const SCALAR = 0;

/** Sends what changes something at the machine, once, and only while somebody waits for it. */
export type Send = <T>(request: () => Promise<T>) => Promise<T>;
type Written = Exclude<TagValue, null>;

/** Writes one value in the node's own type; nothing is rounded, cut or converted to fit. */
export async function writeNode(
  { opcua, session, facts }: Server,
  address: string,
  value: Written,
  send: Send,
): Promise<void> {
  const target = parseTarget(address);
  if (typeof target === 'string') throw new DriverFault(target);
  if (target.kind !== 'node') throw new DriverFault('state and count of a machine can only be read');
  const nodeId = opcua.coerceNodeId(localNode(target.node, facts.namespaces));
  const { AttributeIds: attributes } = opcua;
  const [type, rank, access] = await session.read(
    [attributes.DataType, attributes.ValueRank, attributes.UserAccessLevel].map((attributeId) => ({
      nodeId,
      attributeId,
    })),
  );
  if (type === undefined || type.statusCode.value >>> 30 !== 0) {
    throw new DriverFault(
      type === undefined ? 'the server does not answer for this node' : statusText(type.statusCode),
    );
  }
  if (typeof rank?.value?.value === 'number' && rank.value.value >= 0) {
    throw new DriverFault('the node holds an array; a tag is one value');
  }
  const mayWrite: unknown = access?.value?.value;
  if (typeof mayWrite === 'number' && (mayWrite & CURRENT_WRITE) === 0) {
    throw new DriverFault('the server does not let this user write the node');
  }
  const builtIn = await session.getBuiltInDataType(nodeId);
  // Most controllers refuse a value that brings its own time or status. [OPC 10000-4 §5.11.4]
  const written = { value: variantOf(builtIn, value) };
  const status = await send(() => session.write({ nodeId, attributeId: attributes.Value, value: written }));
  if (status.value >>> 30 !== 0) throw new DriverFault(`the server refuses the value: ${statusText(status)}`);
}

/** Calls a method with one value or none; its first output argument, null when it has none. */
export async function callMethod(
  server: Server,
  address: string,
  value: TagValue,
  send: Send,
): Promise<TagValue> {
  const { opcua, session } = server;
  const target = parseMethod(address);
  if (typeof target === 'string') throw new DriverFault(target);
  const methodId = opcua.coerceNodeId(localNode(target.method, server.facts.namespaces));
  const objectId = await ownerOf(server, methodId, target.object);
  const { inputArguments } = await session.getArgumentDefinition(methodId);
  if (inputArguments.length > 1)
    throw new DriverFault(`the method wants ${inputArguments.length} values; one can be given`);
  const [argument] = inputArguments;
  if ((argument === undefined) !== (value === null)) {
    throw new DriverFault(argument === undefined ? 'the method takes no value' : 'the method wants a value');
  }
  const inputs: VariantOptions[] = [];
  if (argument !== undefined && value !== null) {
    if (argument.valueRank >= 0) throw new DriverFault('the method wants an array');
    inputs.push(variantOf(await opcua.findBasicDataType(session, argument.dataType), value));
  }
  const result = await send(() => session.call({ objectId, methodId, inputArguments: inputs }));
  if (result.statusCode.value >>> 30 !== 0) {
    throw new DriverFault(`the server refuses the call: ${statusText(result.statusCode)}`);
  }
  const [output] = result.outputArguments ?? [];
  if (output === undefined) return null;
  const reading = readingOf(new opcua.DataValue({ value: output, statusCode: opcua.StatusCodes.Good }));
  return reading.value;
}

async function ownerOf(
  { opcua, session, facts }: Server,
  method: NodeId,
  named: NodeAddress | undefined,
): Promise<NodeId> {
  if (named !== undefined) return opcua.coerceNodeId(localNode(named, facts.namespaces));
  const owners = await ownersOf(opcua, session, method, OWNERS_MAX);
  const [owner] = owners;
  if (owner !== undefined && owners.length === 1) return owner.nodeId;
  const why = owner === undefined ? 'no object has this method' : 'several objects have this method';
  throw new DriverFault(`${why}; write the address as "object > method"`);
}

/** Exactly the value, or a fault. */
function variantOf(builtIn: DataType, value: Written): VariantOptions {
  const name = typeName(builtIn) ?? `OPC UA type ${builtIn}`;
  const kind = builtIn === BUILT_IN.boolean ? 'boolean' : builtIn === BUILT_IN.string ? 'string' : 'number';
  const range = RANGES[builtIn];
  const known =
    kind !== 'number' || range !== undefined || builtIn === BUILT_IN.float || builtIn === BUILT_IN.double;
  if (!known) throw new DriverFault(`a node of type ${name} cannot be written`);
  if (typeof value !== kind) throw new DriverFault(`the node wants ${name}, not ${JSON.stringify(value)}`);
  if (typeof value !== 'number') return { dataType: builtIn, value };
  if (!Number.isFinite(value)) throw new DriverFault(`${value} cannot be written`);
  if (range === undefined) return { dataType: builtIn, value };
  if (!Number.isInteger(value) || value < range[0] || value > range[1]) {
    throw new DriverFault(`${value} does not fit ${name}: a whole number from ${range[0]} to ${range[1]}`);
  }
  if (builtIn !== BUILT_IN.int64 && builtIn !== BUILT_IN.uint64) return { dataType: builtIn, value };
  const bits = BigInt.asUintN(64, BigInt(value));
  return {
    dataType: builtIn,
    arrayType: SCALAR,
    value: [Number(bits >> BITS_32), Number(bits % BigInt(WORD_32))],
  };
}
