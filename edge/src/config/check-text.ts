import type { EdgeConfig } from '@millrace/contract';
import { type ConfigWords, checkConfig } from './check-config.ts';
import { type LocatedFault, parseYaml } from './yaml-file.ts';

export type CheckedText =
  | { readonly config: EdgeConfig; readonly faults: readonly [] }
  | { readonly config: undefined; readonly faults: readonly LocatedFault[] };

/** The same check for a file: YAML or JSON, every fault with its line and column. */
export async function checkConfigText(text: string, words: ConfigWords): Promise<CheckedText> {
  const parsed = parseYaml(text);
  if (parsed.faults.length > 0) return { config: undefined, faults: parsed.faults };
  const { config, faults } = await checkConfig(parsed.value, words);
  return config === undefined ? { config, faults: faults.map(parsed.locate) } : { config, faults: [] };
}
