/** MQTT with payloads of several kinds; and the line to a broker, which Sparkplug B shares. */
export { BrokerLink, type BrokerMessage } from './broker-link.ts';
export { driver } from './mqtt-driver.ts';
export { SessionFile } from './session-file.ts';
export { Watchers } from './watchers.ts';
