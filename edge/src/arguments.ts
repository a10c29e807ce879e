import { parseArgs } from 'node:util';
import { QuarantineSelection } from '@millrace/contract';
import { Compile } from 'typebox/compile';
import { LOG_LEVELS, type LogLevel } from './log/index.ts';

export const HELP = `millrace-edge: the agent on a factory's gateway

  millrace-edge --server URL --enrol CODE   become the gateway that the code was made for, then run
  millrace-edge                             run as the gateway this box already is
  millrace-edge --local --config FILE       run by a local file, whatever a platform says
  millrace-edge check FILE                  check a configuration and show its faults
  millrace-edge quarantine                  show which records the platform refused, by reason and machine
  millrace-edge quarantine resend           send them again, whether the agent is running or not

  --server URL         address of the platform, for example https://millrace.example
  --enrol CODE         one-time code from the gateway's page in the console
  --data FOLDER        everything the agent must not forget (default ./edge-data)
  --config FILE        local configuration, used while the platform has none
  --local              the local configuration runs, not the platform's
  --status-port PORT   local status page (default 8440; 0 = none)
  --status-host HOST   where it listens (default 127.0.0.1)
  --log-level LEVEL    debug, info, warn or error (default info)
  --machine CODE       resend only the records of this machine
  --reason CODE        resend only what was refused for this reason
  --as CODE            resend them as records of this machine; needs --machine
  --version, --help
`;

export interface RunArguments {
  readonly verb: 'run';
  readonly server: string | undefined;
  readonly enrol: string | undefined;
  readonly data: string;
  readonly config: string | undefined;
  readonly local: boolean;
  readonly statusPort: number;
  readonly statusHost: string;
  readonly logLevel: LogLevel;
}
export type Arguments =
  | RunArguments
  | { readonly verb: 'check'; readonly file: string }
  | { readonly verb: 'quarantine'; readonly data: string }
  | { readonly verb: 'resend'; readonly data: string; readonly selection: QuarantineSelection }
  | { readonly verb: 'help' | 'version' };

/** What was typed cannot be done; the message is one sentence. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
}

/** Throws a `UsageFault`. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parsed(argv);
  if (values.help === true) return { verb: 'help' };
  if (values.version === true) return { verb: 'version' };
  const [verb, file, ...rest] = positionals;
  if (verb === 'check') {
    if (file === undefined || rest.length > 0) throw new UsageFault('"check" needs one file.');
    return { verb, file };
  }
  const data = values.data ?? './edge-data';
  const isResend = verb === 'quarantine' && file === 'resend';
  if (!isResend && [values.machine, values.reason, values.as].some((one) => one !== undefined))
    throw new UsageFault('--machine, --reason and --as belong to "quarantine resend".');
  if (verb === 'quarantine') {
    if (file === undefined) return { verb, data };
    if (!isResend || rest.length > 0) throw new UsageFault('"quarantine" knows only "resend".');
    return { verb: 'resend', data, selection: selectionOf(values) };
  }
  if (verb !== undefined)
    throw new UsageFault(`There is no command "${verb}"; there are "check" and "quarantine".`);
  const local = values.local ?? false;
  if (local && values.config === undefined) throw new UsageFault('--local needs --config FILE.');
  if (values.enrol !== undefined && values.server === undefined) {
    throw new UsageFault('--enrol needs --server URL: the platform that gave the code.');
  }
  return {
    verb: 'run',
    server: values.server === undefined ? undefined : serverOf(values.server),
    enrol: values.enrol,
    data,
    config: values.config,
    local,
    statusPort: portOf(values['status-port'] ?? '8440'),
    statusHost: values['status-host'] ?? '127.0.0.1',
    logLevel: levelOf(values['log-level'] ?? 'info'),
  };
}

const OPTIONS = {
  server: { type: 'string' },
  enrol: { type: 'string' },
  data: { type: 'string' },
  config: { type: 'string' },
  local: { type: 'boolean' },
  'status-port': { type: 'string' },
  'status-host': { type: 'string' },
  'log-level': { type: 'string' },
  machine: { type: 'string' },
  reason: { type: 'string' },
  as: { type: 'string' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    const words = cause instanceof Error ? (cause.message.split(/[.\n]/)[0] ?? '') : String(cause);
    throw new UsageFault(`${words}.`, { cause });
  }
}

function selectionOf({ machine, reason, as }: ReturnType<typeof parsed>['values']): QuarantineSelection {
  if (as !== undefined && machine === undefined)
    throw new UsageFault('--as needs --machine: the code under which the records were collected.');
  const selection = {
    ...(machine === undefined ? {} : { machine }),
    ...(reason === undefined ? {} : { code: reason }),
    ...(as === undefined ? {} : { as }),
  };
  if (Compile(QuarantineSelection).Check(selection)) return selection;
  throw new UsageFault('--machine, --reason and --as are codes of 1 to 64 characters.');
}

function serverOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageFault(`--server must be an address such as https://millrace.example, not "${text}".`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageFault(`--status-port must be 0 to 65535, not "${text}".`);
}

function levelOf(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  throw new UsageFault(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not "${text}".`);
}
