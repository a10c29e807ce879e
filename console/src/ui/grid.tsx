import { getIxTheme } from '@siemens/ix-aggrid';
import type { GridApi, GridOptions } from 'ag-grid-community';
import * as agGrid from 'ag-grid-community';
import { useEffect, useRef } from 'react';

agGrid.ModuleRegistry.registerModules([
  agGrid.ClientSideRowModelModule,
  agGrid.ClientSideRowModelApiModule,
  agGrid.ColumnApiModule,
  agGrid.ExternalFilterModule,
  agGrid.CellStyleModule,
  agGrid.RowApiModule,
  agGrid.RenderApiModule,
  agGrid.LocaleModule,
]);
const theme = getIxTheme(agGrid);

type Props<T> = Readonly<{
  /** Read once, when the grid is made; later changes go through the api. */
  options: GridOptions<T>;
  label: string;
  className?: string;
  onApi: (api: GridApi<T> | null) => void;
}>;

/** AG Grid with the iX theme. Cells are plain DOM made by the columns: thousands of rows need no component each. */
export function Grid<T>({ options, label, className = '', onApi }: Props<T>) {
  const element = useRef<HTMLElement>(null);
  const first = useRef(options);
  const told = useRef(onApi);
  told.current = onApi;
  useEffect(() => {
    if (!element.current) return;
    const api = agGrid.createGrid<T>(element.current, {
      theme,
      rowHeight: 40,
      headerHeight: 36,
      suppressCellFocus: false,
      animateRows: false,
      ...first.current,
    });
    told.current(api);
    return () => {
      told.current(null);
      api.destroy();
    };
  }, []);
  return <section ref={element} className={`grid ${className}`} aria-label={label} />;
}
