/** How the agent is, for whoever stands beside the box. */
export { openStatusServer, type StatusServer } from './status-server.ts';
