/** Files, pipes, terminals and input devices of the gateway itself, read without ever blocking the agent. */
export { DeviceReader } from './device-reader.ts';
