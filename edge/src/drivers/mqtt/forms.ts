import type { MqttSettings } from '@millrace/contract';
import type { TagAddress } from '../../driver/index.ts';
import type { PayloadForm } from './form.ts';
import { jsonForm } from './json-form.ts';
import { neuronForm } from './neuron-form.ts';
import { thingsboardForm } from './thingsboard-form.ts';
import { umhForm } from './umh-form.ts';

/** The forms of payloads, by their name in the settings. */
export const FORMS: Readonly<Record<MqttSettings['form'], PayloadForm>> = {
  json: jsonForm,
  thingsboard: thingsboardForm,
  umh: umhForm,
  neuron: neuronForm,
};

/** What is wrong with an address in whatever form; which one it must fit stands in the settings, and `subscribe` tells the rest. */
export function checkAnyAddress({ address }: TagAddress): string | undefined {
  if (Object.values(FORMS).some((form) => form.checkAddress(address) === undefined)) return undefined;
  return jsonForm.checkAddress(address);
}
