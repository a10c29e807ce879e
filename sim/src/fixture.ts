import { readTable } from './fixture-table.ts';

/** A manufacturing site of the source; position approximate, to the town at best. */
export interface FixtureSite {
  readonly source: string;
  readonly name: string;
  readonly city: string;
  readonly country: string;
  readonly lat: number;
  readonly lon: number;
  readonly zone: string;
}
export interface FixtureCountry {
  readonly name: string;
  readonly code: string;
  readonly lat: number;
  readonly lon: number;
  readonly zone: string;
  readonly city: string;
}
export interface FixtureItem {
  readonly code: string;
  readonly name: string;
  readonly form: string;
  readonly weightGram: number;
  /** US cent per pack, median of the source. */
  readonly priceMinor: number;
}
/** One real order line; the numbers are rows of the other tables. */
export interface FixtureLine {
  readonly purchaseOrder: string;
  readonly country: number;
  readonly item: number;
  readonly quantity: number;
  /** -1: the source names no site. */
  readonly site: number;
}
export interface DutySpan {
  readonly active: boolean;
  readonly seconds: number;
}
export interface Fixture {
  readonly sites: readonly FixtureSite[];
  readonly countries: readonly FixtureCountry[];
  readonly items: readonly FixtureItem[];
  readonly lines: readonly FixtureLine[];
  readonly duty: readonly DutySpan[];
}

export function readFixture(): Fixture {
  return {
    sites: readTable('sites.tsv').map(
      ([source = '', name = '', city = '', country = '', lat, lon, zone = '']) => ({
        source,
        name,
        city,
        country,
        lat: Number(lat),
        lon: Number(lon),
        zone,
      }),
    ),
    countries: readTable('countries.tsv').map(([name = '', code = '', lat, lon, zone = '', city = '']) => ({
      name,
      code,
      lat: Number(lat),
      lon: Number(lon),
      zone,
      city,
    })),
    items: readTable('items.tsv').map(([code = '', name = '', form = '', , gram, cent]) => ({
      code,
      name,
      form,
      weightGram: Number(gram),
      priceMinor: Number(cent),
    })),
    lines: readTable('order-lines.tsv').map(([purchaseOrder = '', country, item, quantity, site]) => ({
      purchaseOrder,
      country: Number(country),
      item: Number(item),
      quantity: Number(quantity),
      site: Number(site),
    })),
    duty: readTable('okuma-duty.tsv').map(([execution, seconds]) => ({
      active: execution === 'ACTIVE',
      seconds: Number(seconds),
    })),
  };
}
