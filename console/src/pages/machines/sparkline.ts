/** Drawn in these units and stretched to the cell. */
const WIDTH = 120;
const HEIGHT = 28;
const SVG = 'http://www.w3.org/2000/svg';

/** Pieces in each of the last 60 minutes as bars; a minute without a record is a gap, not a zero. */
export function sparkline(minutes: readonly (number | null)[]): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('class', 'sparkline');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', barsOf(minutes));
  svg.append(path);
  return svg;
}

export function barsOf(minutes: readonly (number | null)[]): string {
  const most = Math.max(1, ...minutes.map((pieces) => pieces ?? 0));
  const step = WIDTH / Math.max(1, minutes.length);
  return minutes
    .map((pieces, index) => {
      if (pieces === null) return '';
      const height = Math.max(1, (pieces / most) * HEIGHT);
      return `M${(index * step).toFixed(1)} ${HEIGHT}v-${height.toFixed(1)}h${(step * 0.8).toFixed(1)}v${height.toFixed(1)}z`;
    })
    .join('');
}
