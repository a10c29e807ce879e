import type {
  ConfigFault,
  EdgeCommand,
  EdgeMachine,
  EdgeRule,
  EdgeTag,
  StateSource,
} from '@millrace/contract';

type Tell = (path: string, code: string, message: string) => void;
/** What is wrong with an expression over these tags, in words; undefined when it can be evaluated. */
export type ExpressionCheck = (expression: string, tags: readonly EdgeTag[]) => string | undefined;

/** Rules between the fields of one machine that a schema cannot say. */
export function machineFaults(
  machine: EdgeMachine,
  path: string,
  connections: ReadonlySet<string>,
  checkExpression: ExpressionCheck,
): readonly ConfigFault[] {
  const faults: ConfigFault[] = [];
  const tell: Tell = (below, code, message) => faults.push({ path: `${path}${below}`, code, message });
  const expression = (text: string, below: string): void => {
    const wrong = checkExpression(text, machine.tags);
    if (wrong !== undefined) tell(below, 'bad-expression', wrong);
  };
  const tags = new Set(machine.tags.map(({ name }) => name));
  const mustBeTag = (name: string, below: string): void => {
    if (!tags.has(name)) tell(below, 'unknown-tag', `there is no tag "${name}" at this machine`);
  };
  if (!isZone(machine.timeZone)) {
    tell('/timeZone', 'unknown-zone', `"${machine.timeZone}" is no IANA time zone such as Asia/Shanghai`);
  }
  repeated(
    machine.tags,
    ({ name }) => name,
    (i, name) => tell(`/tags/${i}/name`, 'repeated-name', `there are two tags "${name}"`),
  );
  for (const [i, tag] of machine.tags.entries()) tagFaults(tag, `/tags/${i}`, connections, tell);
  if (machine.count !== undefined) mustBeTag(machine.count.tag, '/count/tag');
  if (machine.energy !== undefined) mustBeTag(machine.energy.tag, '/energy/tag');
  if (machine.state !== undefined) stateFaults(machine, machine.state, tell, mustBeTag, expression);
  for (const [i, name] of (machine.signals ?? []).entries()) mustBeTag(name, `/signals/${i}`);
  repeated(
    machine.signals ?? [],
    (name) => name,
    (i, name) => tell(`/signals/${i}`, 'repeated-name', `the signal "${name}" is named twice`),
  );
  repeated(
    machine.rules ?? [],
    ({ code }) => code,
    (i, code) => tell(`/rules/${i}/code`, 'repeated-name', `there are two rules "${code}"`),
  );
  for (const [i, rule] of (machine.rules ?? []).entries()) {
    mustBeTag(rule.tag, `/rules/${i}/tag`);
    ruleFaults(rule, `/rules/${i}`, tell);
  }
  repeated(
    machine.commands ?? [],
    ({ code }) => code,
    (i, code) => tell(`/commands/${i}/code`, 'repeated-name', `there are two commands "${code}"`),
  );
  for (const [i, command] of (machine.commands ?? []).entries()) {
    const at = `/commands/${i}`;
    commandFaults(command, at, connections, tell);
    if (command.readBack !== undefined) mustBeTag(command.readBack.tag, `${at}/readBack/tag`);
    for (const [n, { when }] of command.interlocks.entries()) expression(when, `${at}/interlocks/${n}/when`);
  }
  return faults;
}

function tagFaults(tag: EdgeTag, path: string, connections: ReadonlySet<string>, tell: Tell): void {
  if (!connections.has(tag.connection)) {
    tell(`${path}/connection`, 'unknown-connection', `there is no connection "${tag.connection}"`);
  }
  if (tag.bit === undefined) return;
  const width = tag.type === undefined ? 64 : WIDTHS[tag.type];
  if (width === undefined) tell(`${path}/bit`, 'bad-bit', `a ${tag.type} has no bits to choose from`);
  else if (tag.bit >= width) tell(`${path}/bit`, 'bad-bit', `a ${tag.type} has bits 0 to ${width - 1}`);
  if (tag.scale !== undefined || tag.offset !== undefined) {
    tell(`${path}/bit`, 'bad-bit', 'a single bit has neither scale nor offset');
  }
}

/** Bits of the types that have some. */
const WIDTHS: Readonly<Partial<Record<NonNullable<EdgeTag['type']>, number>>> = {
  int16: 16,
  uint16: 16,
  int32: 32,
  uint32: 32,
  int64: 64,
  uint64: 64,
};

function stateFaults(
  machine: EdgeMachine,
  state: StateSource,
  tell: Tell,
  mustBeTag: (name: string, below: string) => void,
  expression: (text: string, below: string) => void,
): void {
  if (state.from === 'motion') {
    if (machine.count !== undefined) return;
    tell('/state/from', 'motion-without-count', 'motion needs a count: say where the pieces come from');
  } else if (state.from === 'rules') {
    for (const [i, { when }] of state.rules.entries()) expression(when, `/state/rules/${i}/when`);
  } else {
    mustBeTag(state.tag, '/state/tag');
    if (state.from === 'current') currentFaults(state, tell);
  }
}

function currentFaults(state: Extract<StateSource, { from: 'current' }>, tell: Tell): void {
  if (state.idleBelow > state.runningAbove) {
    tell('/state/idleBelow', 'limits-crossed', 'idleBelow must not lie above runningAbove');
  }
  if (state.offBelow !== undefined && state.offBelow > state.idleBelow) {
    tell('/state/offBelow', 'limits-crossed', 'offBelow must not lie above idleBelow');
  }
}

function ruleFaults(rule: EdgeRule, path: string, tell: Tell): void {
  if (rule.kind !== 'threshold' && rule.kind !== 'moving-average') return;
  const { above, below } = rule;
  if (above === undefined && below === undefined) {
    tell(path, 'no-limit', 'needs above, below or both');
  } else if (above !== undefined && below !== undefined && below > above) {
    tell(`${path}/below`, 'limits-crossed', 'below must not lie above "above": nothing would be inside');
  }
}

function commandFaults(
  command: EdgeCommand,
  path: string,
  connections: ReadonlySet<string>,
  tell: Tell,
): void {
  if (!connections.has(command.connection)) {
    tell(`${path}/connection`, 'unknown-connection', `there is no connection "${command.connection}"`);
  }
  const { minimum, maximum, scale, offset, type, kind } = command;
  const below = scale === undefined ? `${path}/offset` : `${path}/scale`;
  if (scale === 0) tell(below, 'bad-scale', 'a scale of 0 makes one raw value of all');
  const isNumber = type !== 'bool' && type !== 'string';
  if ((scale !== undefined || offset !== undefined) && (kind === 'call' || !isNumber)) {
    tell(below, 'bad-scale', 'only a number that is written has scale and offset');
  }
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    tell(`${path}/maximum`, 'limits-crossed', 'maximum must not lie below minimum');
  }
}

/** Tells of each entry whose name an earlier one has. */
export function repeated<T>(
  entries: readonly T[],
  nameOf: (entry: T) => string,
  tell: (index: number, name: string) => void,
): void {
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const name = nameOf(entry);
    if (seen.has(name)) tell(index, name);
    seen.add(name);
  }
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    // An offset such as +08:00 is taken by Intl, but has no rules for daylight saving and no name on a form.
    return !/^[+-]/.test(zone);
  } catch (cause) {
    if (cause instanceof RangeError) return false;
    throw cause;
  }
}
