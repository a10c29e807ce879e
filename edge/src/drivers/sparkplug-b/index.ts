/** Sparkplug B over MQTT, as a host application. */
export { driver } from './sparkplug-driver.ts';
