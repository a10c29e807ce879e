import {
  enrol,
  type Identity,
  isEnrolledWith,
  loadIdentity,
  NotEnrolled,
  PlatformUnreachable,
} from './identity/index.ts';
import type { Log } from './log/index.ts';

interface Wanted {
  readonly data: string;
  readonly server: string | undefined;
  readonly enrol: string | undefined;
  readonly local: boolean;
}

/**
 * Who this box is. A code that it was enrolled with already is not used again, so that a service may keep it in its command
 * line; a new code makes it what that code says, and one that is not taken leaves it what it is. Undefined = by itself, with
 * `--local`.
 */
export async function identityOf(
  wanted: Wanted,
  agentVersion: string,
  log: Log,
): Promise<Identity | undefined> {
  const { data, server, enrol: code, local } = wanted;
  const known = await knownIdentity(wanted, log);
  if (code !== undefined && server !== undefined && !(await isEnrolledWith(data, code))) {
    try {
      const identity = await enrol({ folder: data, server, code, agentVersion });
      log.info('enrolled', { gateway: identity.gatewayCode, server });
      return identity;
    } catch (cause) {
      // An old code in a service's command line must not keep a gateway from collecting after a reboot.
      if (known === undefined || !(cause instanceof NotEnrolled || cause instanceof PlatformUnreachable))
        throw cause;
      log.error('the code was not taken; the box goes on as the gateway it is', {
        gateway: known.gatewayCode,
        why: cause.message,
      });
      return known;
    }
  }
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

/** A damaged identity stops the agent, unless a code is at hand to make a new one. */
async function knownIdentity({ data, enrol: code }: Wanted, log: Log): Promise<Identity | undefined> {
  try {
    return await loadIdentity(data, (message) => log.warn(message));
  } catch (cause) {
    if (code === undefined || !(cause instanceof NotEnrolled)) throw cause;
    log.warn(cause.message);
    return undefined;
  }
}
