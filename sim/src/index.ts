/** The simulator as a library: the end-to-end tests play a small world with the same machines. */
export { ApiProblem, allRows, type Client, createClient } from './client.ts';
export { httpLink, mqttLink } from './gateway-link.ts';
export { MachineModel, type Minute, type Work } from './machine-model.ts';
export { createRandom, type Random } from './random.ts';
