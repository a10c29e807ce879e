import type { CalendarException, Shift } from '@millrace/contract';
import { checkPattern } from './calendar.ts';
import { type CellProblem, day, name, optional, timeOfDay } from './cell.ts';
import { capacityChanged, type Desk } from './desk.ts';
import type { Importer } from './import.ts';
import { codeColumn, landed, NOTHING, nameColumn, organisationColumn, updatedIds } from './landed.ts';
import { type Owned, withOwners } from './resolve.ts';
import type { Complaints } from './sheet.ts';
import { CALENDAR, sitesOfCalendar } from './store.ts';
import { upsertAll } from './store-import.ts';

// One row per shift, several rows per calendar: a shift of the week (weekdays) or of one special day (day); a special day
// without times is closed.
const columns = {
  organisation: organisationColumn,
  code: codeColumn,
  name: nameColumn,
  weekdays: optional({ name: 'weekdays', aliases: ['weekday', '星期'], example: '1-5' }, weekdays),
  day: optional({ name: 'day', aliases: ['date', '日期'], example: '' }, day),
  reason: optional({ name: 'reason', aliases: ['原因'], example: '' }, name),
  shift: optional({ name: 'shift', aliases: ['班次'], example: 'Early' }, name),
  from: optional({ name: 'from', aliases: ['start', '开始'], example: '06:00' }, timeOfDay),
  to: optional({ name: 'to', aliases: ['end', '结束'], example: '14:00' }, timeOfDay),
};
type Row = Owned<typeof columns>;

/** `1-5`, `6 7`, `1,3,5`; 1 is Monday. [ISO 8601] */
function weekdays(text: string): number[] | CellProblem {
  const days = new Set<number>();
  for (const part of text.split(/[\s,;、，]+/).filter((piece) => piece !== '')) {
    const [first, last = first] = part.split('-');
    const [from, to] = [Number(first), Number(last)];
    if (!/^[1-7](-[1-7])?$/.test(part) || from > to) {
      return { code: 'bad-weekdays', message: 'is weekdays from 1 (Monday) to 7, such as 1-5 or 6,7' };
    }
    for (let one = from; one <= to; one++) days.add(one);
  }
  return [...days].sort();
}

export function calendarImporter(desk: Desk): Importer<typeof columns> {
  return {
    kind: 'calendars',
    action: 'registry.write',
    columns,
    land: async (tx, actor, { rows }, complaints) => {
      const { networkId } = actor;
      const owned = await withOwners(tx, actor, rows, (cells) => cells.organisation, complaints);
      const groups = Map.groupBy(owned, ({ owner, cells }) => `${owner} ${cells.code}`);
      const fresh = [...groups.values()].map((group) => toRow(desk, group, complaints));
      if (complaints.count > 0) return NOTHING;
      const version = await desk.directories.nextVersion(tx, networkId);
      const changed = await upsertAll(tx, CALENDARS, networkId, version, fresh);
      const sites = new Set<string>();
      for (const id of updatedIds(changed)) {
        for (const siteId of await sitesOfCalendar(tx, networkId, id)) sites.add(siteId);
      }
      await capacityChanged(desk, tx, networkId, sites, 'calendar');
      return landed(fresh.length, changed);
    },
  };
}

function toRow(desk: Desk, group: readonly Row[], complaints: Complaints) {
  const before = complaints.count;
  const shifts: Shift[] = [];
  const exceptions = new Map<string, CalendarException>();
  for (const row of group) addShift(row, shifts, exceptions, complaints);
  const pattern = { shifts, exceptions: [...exceptions.values()] };
  const [first] = group;
  const wrong = complaints.count === before ? checkPattern(pattern) : undefined;
  if (wrong) complaints.add(first?.row ?? 1, 'shift', wrong.code, wrong.detail);
  return {
    id: desk.kernel.ids(),
    values: {
      factory_org_id: first?.owner,
      code: first?.cells.code,
      name: first?.cells.name,
      shifts: JSON.stringify(pattern.shifts),
      exceptions: JSON.stringify(pattern.exceptions),
    },
  };
}

function addShift(
  { row, cells }: Row,
  shifts: Shift[],
  exceptions: Map<string, CalendarException>,
  complaints: Complaints,
): void {
  const { from, to } = cells;
  const shiftName = cells.shift ?? 'Shift';
  if ((cells.weekdays === undefined) === (cells.day === undefined)) {
    complaints.add(row, 'weekdays', 'weekdays-or-day', 'give either weekdays or a special day');
    return;
  }
  const times = from !== undefined && to !== undefined ? { name: shiftName, from, to } : undefined;
  if (!times && (cells.weekdays !== undefined || from !== undefined || to !== undefined)) {
    complaints.add(row, from === undefined ? 'from' : 'to', 'missing', 'must not be empty');
    return;
  }
  if (cells.day === undefined) {
    for (const weekday of cells.weekdays ?? []) if (times) shifts.push({ ...times, weekday });
    return;
  }
  const known = exceptions.get(cells.day);
  const reason = cells.reason ?? known?.reason ?? 'special day';
  exceptions.set(cells.day, {
    day: cells.day,
    reason,
    shifts: [...(known?.shifts ?? []), ...(times ? [times] : [])],
  });
}

const CALENDARS = {
  noun: CALENDAR,
  constraint: 'calendar_code',
  keep: ['factory_org_id', 'code'],
  columns: { factory_org_id: 'uuid', code: 'text', name: 'text', shifts: 'jsonb', exceptions: 'jsonb' },
};
