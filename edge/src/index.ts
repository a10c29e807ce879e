/** The agent as a part of another program: the simulated world runs some in its own process. */
export { type Agent, type AgentOptions, openAgent } from './agent.ts';
