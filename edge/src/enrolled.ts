import { enrol, type Identity, isEnrolledWith, loadIdentity, NotEnrolled } from './identity/index.ts';
import type { Log } from './log/index.ts';

interface Wanted {
  readonly data: string;
  readonly server: string | undefined;
  readonly enrol: string | undefined;
  readonly local: boolean;
}

/**
 * Who this box is. A code that it was enrolled with already is not used again, so that a service may keep it in its command
 * line; a new code makes it what that code says. Undefined = by itself, with `--local`.
 */
export async function identityOf(
  { data, server, enrol: code, local }: Wanted,
  agentVersion: string,
  log: Log,
): Promise<Identity | undefined> {
  if (code !== undefined && server !== undefined && !(await isEnrolledWith(data, code))) {
    const identity = await enrol({ folder: data, server, code, agentVersion });
    log.info('enrolled', { gateway: identity.gatewayCode, server });
    return identity;
  }
  const known = await loadIdentity(data, (message) => log.warn(message));
  if (known === undefined && !local) {
    throw new NotEnrolled(
      'This box is not a gateway yet. Make a code on the gateway’s page in the console and start with --server URL --enrol CODE, or work by yourself with --local --config FILE.',
    );
  }
  if (known !== undefined && server !== undefined && server !== known.server) {
    known.moveTo(server);
    log.info('the platform is at another address now', { server });
  }
  return known;
}
