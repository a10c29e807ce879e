import type { HourValueTable } from '@millrace/contract';
import { iconSuccess } from '@siemens/ix-icons/icons';
import { IxButton } from '@siemens/ix-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useHourValues } from '../../api/matching.ts';
import { Answer } from '../../ui/answer.tsx';
import { calendarDay, compact, hours, number, percent } from '../../ui/format.ts';
import { Panel } from '../../ui/page.tsx';

/** The dearest first; the rest on request. */
const SHOWN = 10;
type Row = HourValueTable['rows'][number];
type Day = Row['days'][number];

const dearest = ({ days }: Row): number => Math.max(0, ...days.map(({ valuePerHour }) => valuePerHour));

/** Where capacity is short: what one more machine hour would be worth, by work center and day. */
export function HourValuePanel() {
  const { t } = useTranslation();
  const values = useHourValues();
  const { wantedHours = 0, unservedHours = 0 } = values.data ?? {};
  const hint = values.data
    ? t('hour-value.hint', { wanted: hours(wantedHours), unserved: hours(unservedHours) })
    : undefined;
  return (
    <Panel title={t('hour-value.title')} hint={hint}>
      <Answer
        query={values}
        isEmpty={({ rows }) => rows.every((row) => dearest(row) === 0)}
        empty={{ icon: iconSuccess, title: t('hour-value.none'), text: t('hour-value.none-text') }}
      >
        {(table) => <Table table={table} />}
      </Answer>
    </Panel>
  );
}

function Table({ table }: { readonly table: HourValueTable }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const sorted = table.rows
    .filter((row) => dearest(row) > 0)
    .sort((a, b) => dearest(b) - dearest(a) || (a.siteName < b.siteName ? -1 : 1));
  const shown = all ? sorted : sorted.slice(0, SHOWN);
  const top = dearest(sorted[0] as Row);
  const days = sorted[0]?.days ?? [];
  return (
    <>
      <p className="soft">{t('hour-value.explain', { gap: percent(table.gap, 1) })}</p>
      <div className="table-scroll">
        <table className="table hour-values">
          <thead>
            <tr>
              <th>{t('hour-value.work-center')}</th>
              {days.map(({ date }) => (
                <th key={date} className="number">
                  {calendarDay(date, 'weekday-only')}
                  <br />
                  {calendarDay(date, 'short-day')}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.workCenterId}>
                <th scope="row">
                  {row.siteName}
                  <br />
                  <span className="soft">
                    {row.workCenterName} · {t('hour-value.machines', { machines: number(row.machines) })}
                  </span>
                </th>
                {row.days.map((day) => (
                  <Cell key={day.date} day={day} top={top} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > SHOWN ? (
        <IxButton variant="tertiary" onClick={() => setAll(!all)}>
          {all ? t('hour-value.fewer') : t('hour-value.all', { rows: number(sorted.length) })}
        </IxButton>
      ) : null}
    </>
  );
}

function Cell({ day, top }: { readonly day: Day; readonly top: number }) {
  const { t } = useTranslation();
  const { valuePerHour, freeHours, takenHours } = day;
  // By its logarithm: a short hour is worth a hundred times one that is nearly enough.
  const strength = valuePerHour > 0 ? Math.max(0.08, Math.log1p(valuePerHour) / Math.log1p(top)) : 0;
  const words = t('hour-value.cell', {
    value: number(valuePerHour / 100, 0),
    taken: hours(takenHours),
    free: hours(freeHours),
  });
  const style = { '--strength': `${Math.round(strength * 70)}%` } as React.CSSProperties;
  return (
    <td className="number hour-value" style={style} title={words}>
      {valuePerHour > 0 ? compact(valuePerHour / 100) : '·'}
    </td>
  );
}
