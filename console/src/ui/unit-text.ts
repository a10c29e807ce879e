/** UCUM writes for machines; these are what a person would not read as the unit that it is. */
const PRINTED: Readonly<Record<string, string>> = {
  'W.h': 'Wh',
  'kW.h': 'kWh',
  'MW.h': 'MWh',
  Cel: '°C',
  '[degF]': '°F',
  deg: '°',
  Ohm: 'Ω',
  um: 'µm',
  us: 'µs',
  '/min': '1/min',
  '/s': '1/s',
  m2: 'm²',
  m3: 'm³',
  'm3/h': 'm³/h',
  '1': '',
};

/** A unit as it is printed: of its UCUM code, or as somebody wrote it; what is only counted has none. */
export function unitText(code: string): string {
  // What stands in braces is a remark. [UCUM §6]
  const bare = code.replaceAll(/\{[^{}]*\}/g, '');
  return PRINTED[bare] ?? bare.replaceAll('.', '·');
}

/** A figure with its unit behind it, where it has one. */
export function withUnit(shown: string, code: string | null | undefined): string {
  const unit = unitText(code ?? '');
  return unit === '' ? shown : `${shown} ${unit}`;
}
