import type { DriverName } from '@millrace/contract';
import { DriverFault, type DriverKind } from '../driver/index.ts';

/** Loaded when a connection first needs it: a gateway that speaks Modbus never reads OPC UA from its card. */
const OWN: Readonly<Record<DriverName, () => Promise<{ readonly driver: DriverKind }>>> = {
  'http-poll': () => import('../drivers/http-poll/index.ts'),
  modbus: () => import('../drivers/modbus/index.ts'),
  mqtt: () => import('../drivers/mqtt/index.ts'),
  'mtconnect-adapter': () => import('../drivers/mtconnect-adapter/index.ts'),
  'mtconnect-agent': () => import('../drivers/mtconnect-agent/index.ts'),
  'opc-ua': () => import('../drivers/opc-ua/index.ts'),
  pulse: () => import('../drivers/pulse/index.ts'),
  s7: () => import('../drivers/s7/index.ts'),
  scanner: () => import('../drivers/scanner/index.ts'),
  'sparkplug-b': () => import('../drivers/sparkplug-b/index.ts'),
  webhook: () => import('../drivers/webhook/index.ts'),
};
const PACKAGE = /^npm:(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** The driver of that name: one of the agent's, or what a package `npm:<name>` exports as `driver`. */
export async function loadDriver(name: string): Promise<DriverKind> {
  const own = Object.hasOwn(OWN, name) ? OWN[name as DriverName] : undefined;
  if (own !== undefined) return (await loaded(name, own)).driver;
  if (!PACKAGE.test(name)) {
    throw new DriverFault(
      `there is no driver "${name.slice(0, 128)}"; there are ${Object.keys(OWN).join(', ')}, and npm:<package>`,
      { lasting: true },
    );
  }
  const found: unknown = await loaded(name, () => import(name.slice('npm:'.length)));
  const kind = typeof found === 'object' && found !== null && 'driver' in found ? found.driver : undefined;
  if (!isKind(kind)) {
    throw new DriverFault(`the package ${name.slice('npm:'.length)} exports no "driver" of the right form`, {
      lasting: true,
    });
  }
  return kind;
}

async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const missing = missingPackage(cause);
    const words =
      missing === undefined
        ? `the driver "${name}" cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`
        : `the driver "${name}" needs the package ${missing}: install it beside the agent with "npm install ${missing}"`;
    throw new DriverFault(words.slice(0, 500), { cause, lasting: true });
  }
}

/** Name of the package that Node did not find, when that is why. */
function missingPackage(cause: unknown): string | undefined {
  for (let at = cause, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (!('code' in at) || (at.code !== 'ERR_MODULE_NOT_FOUND' && at.code !== 'MODULE_NOT_FOUND')) continue;
    const found = /Cannot find (?:package|module) '((?:@[^'/]+\/)?[^'/.][^'/]*)/.exec(at.message)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function isKind(value: unknown): value is DriverKind {
  if (typeof value !== 'object' || value === null) return false;
  const kind = value as Partial<Record<keyof DriverKind, unknown>>;
  return (
    typeof kind.open === 'function' &&
    typeof kind.checkAddress === 'function' &&
    typeof kind.settings === 'object' &&
    kind.settings !== null &&
    Number.isInteger(kind.perWorker) &&
    Number(kind.perWorker) >= 1
  );
}
