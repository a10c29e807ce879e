export const FAULTS = ['values', 'killed', 'restarted', 'slow', 'rubbish'] as const;
export type Fault = (typeof FAULTS)[number];

/** Which tests prove it, by a part of their name; or, as `not: …`, why nothing can. */
export type FaultTable = Readonly<Record<string, Readonly<Record<Fault, string>>>>;

const NO_FAR_SIDE = 'not: a file or device has no process behind it that could be killed or slow';
/** [issue 4, E5] By folder of the driver. */
export const FAULT_TABLE: FaultTable = {
  'opc-ua': {
    values: 'are read in their types, with quality, reason and the time of the source',
    killed: 'is killed and comes back as a server with other namespace indexes',
    restarted: 'is killed and comes back as a server with other namespace indexes',
    slow: 'is stopped without closing its sockets: the values turn bad, and come back with it',
    rubbish: 'answers rubbish from the first byte on',
  },
  modbus: {
    values: 'every type in every table is what the device holds',
    killed: 'a device that is killed is lost, and connected to again when it is back',
    restarted: 'a device that is killed is lost, and connected to again when it is back',
    slow: 'a device slower than the period is polled as it can',
    rubbish: 'whatever a far side does to its answers, modbus gives right values or none',
  },
  s7: {
    values: 'every type in every area is what the PLC holds',
    killed: 'a PLC that is killed is lost, and connected to again when it is back',
    restarted: 'a PLC that agrees on less after a restart is asked for less',
    slow: 'a late answer is never taken for that of the present request',
    rubbish: 'whatever a far side does to its answers, s7 gives right values or none',
  },
  'mtconnect-adapter': {
    values: 'gives its part count and its execution in order, with the times of the source',
    killed: 'that goes away or speaks rubbish is lost once, with the reason',
    restarted: 'an adapter that is killed and comes back is read again, and was bad in between',
    slow: 'with a heartbeat that falls silent without closing is given up',
    rubbish: 'that goes away or speaks rubbish is lost once, with the reason',
  },
  'mtconnect-agent': {
    values: 'gives the recorded counts and executions in order',
    killed: 'an agent that is away for a while tells all that happened meanwhile, once',
    restarted: 'that was restarted, or has overwritten what was missed, is told and read from the present',
    slow: 'that streams nothing any more, not even a heartbeat, is lost with the reason',
    rubbish: 'may stream any bytes: the connection is lost in the end, no value is made of them',
  },
  mqtt: {
    values: 'values come out of JSON by pointer, out of a bare payload, and out of several topics',
    killed: 'a broker killed in the middle is a loss, not a crash',
    restarted: 'a restart of the broker is noticed once',
    slow: 'one that says nothing is given up after a bound',
    rubbish: 'any bytes after a welcome end in a refusal or one loss, and never in a value',
  },
  'sparkplug-b': {
    values: 'births and data of sparkplug-client arrive with type, value and the instant of the source',
    killed: 'a node that dies without a word is bad by its will, and good again when it is back',
    restarted: 'a restart of the broker is a loss; the host that comes back sees the nodes that come back',
    slow: 'whatever is lost or comes twice, a good value is the true one',
    rubbish: 'rubbish, retained births, nulls and history are what they are',
  },
  'http-poll': {
    values: 'a JSON document is asked in a rhythm, each tag with its type or its own error',
    killed: 'a server that dies gives bad values with the reason, then is lost',
    restarted: 'one that comes back in time is not',
    slow: 'a server that answers too slowly or too much is told in words',
    rubbish: 'any answer is a value or bad with a reason, never a crash',
  },
  webhook: {
    values: 'a document is handed over before its sender hears that it was taken',
    killed: 'a sender that breaks off, or speaks no HTTP, harms nobody else',
    restarted: 'not: each delivery is a connection of its own',
    slow: 'a sender that breaks off, or speaks no HTTP, harms nobody else',
    rubbish: 'any body is answered, never with an invented value',
  },
  pulse: {
    values: 'file gives every edge as a sample, none together, none of the past',
    killed: 'whose monitor ends is lost with its words',
    restarted: 'is free again when the driver closes, and when its process is killed',
    slow: NO_FAR_SIDE,
    rubbish: 'that holds something else is lost with the reason',
  },
  scanner: {
    values: 'a scanner that types is read from its events, with the time of Enter',
    killed: 'a scanner that is unplugged is lost, and found again where it is plugged in',
    restarted: 'a scanner that is unplugged is lost, and found again where it is plugged in',
    slow: 'too long, without an end or not UTF-8 are refused, and harm no other label',
    rubbish: 'of any bytes are bounded and clean, and the same however they are cut',
  },
};
