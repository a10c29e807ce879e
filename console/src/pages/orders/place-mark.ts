import type { Position } from '@millrace/contract';
import type { CustomSeriesRenderItem, CustomSeriesRenderItemReturn } from 'echarts';
import type { Palette } from '../../ui/palette.ts';

type Place = Readonly<{ name: string; position: Position; kind: 'site' | 'destination' }>;

/** A factory is a square, the destination a ring: told apart without colour; each with its name. */
export function placeMark(palette: Palette, places: readonly Place[]): CustomSeriesRenderItem {
  return (params, api) => {
    const place = places[params.dataIndex];
    if (!place) return null;
    const [x, y] = api.coord([place.position.lon, place.position.lat]);
    const mark =
      place.kind === 'site'
        ? {
            type: 'rect',
            shape: { x: -5, y: -5, width: 10, height: 10, r: 2 },
            style: { fill: palette.primary },
          }
        : {
            type: 'circle',
            shape: { cx: 0, cy: 0, r: 6 },
            style: { fill: palette.page, stroke: palette.available, lineWidth: 3 },
          };
    const label = {
      type: 'text',
      style: {
        text: place.name,
        x: 10,
        y: -6,
        fill: palette.text,
        font: `12px ${palette.font}`,
        width: 170,
        overflow: 'truncate',
        stroke: palette.panel,
        lineWidth: 3,
      },
    };
    return { type: 'group', x, y, children: [mark, label] } as CustomSeriesRenderItemReturn;
  };
}
