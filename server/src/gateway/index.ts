/** The platform's side of gateways: enrolment, configuration, the agents' open line, alarms, commands to machines. */

/** Opens the module; agents can be spoken with as soon as the app listens. */
export { type Gateways, openGateway } from './gateway.ts';
