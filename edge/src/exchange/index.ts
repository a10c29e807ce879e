/** The agent's line to its platform: always outward, never in the way of collecting. */
export { type Exchange, type LinkState, openExchange } from './exchange.ts';
