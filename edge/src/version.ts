import manifest from '../package.json' with { type: 'json' };

/** As the package says. */
export const AGENT_VERSION: string = manifest.version;
