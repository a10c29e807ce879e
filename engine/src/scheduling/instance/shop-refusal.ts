import type { DisjunctiveShop } from '../disjunctive/shop.ts';

/** Why a text is not an instance; `line` counts from 1 in the text as it was given, 0 = the text as a whole. */
export interface ShopRefusal {
  readonly code: 'no-header' | 'bad-number' | 'missing-jobs' | 'bad-row' | 'too-large';
  readonly line: number;
  readonly detail: string;
}

export type ParsedShop =
  | { readonly ok: true; readonly shop: DisjunctiveShop }
  | { readonly ok: false; readonly refusal: ShopRefusal };
