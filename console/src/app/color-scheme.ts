import { useSyncExternalStore } from 'react';
import { recall, remember } from './remembered.ts';

export type ColorScheme = 'dark' | 'light';
const KEY = 'color-scheme';
const CHANGED = 'millrace:color-scheme';

/** Dark unless this browser was switched: control rooms are dark, and a phone in the sun has the switch at hand. */
export function rememberedScheme(): ColorScheme {
  return recall(KEY) === 'light' ? 'light' : 'dark';
}

export function applyScheme(scheme: ColorScheme): void {
  document.documentElement.dataset.ixTheme = 'classic';
  document.documentElement.dataset.ixColorSchema = scheme;
  document.documentElement.style.colorScheme = scheme;
  remember(KEY, scheme);
  window.dispatchEvent(new Event(CHANGED));
}

export function useColorScheme(): ColorScheme {
  return useSyncExternalStore(subscribe, currentScheme);
}

function currentScheme(): ColorScheme {
  return document.documentElement.dataset.ixColorSchema === 'light' ? 'light' : 'dark';
}

function subscribe(changed: () => void): () => void {
  window.addEventListener(CHANGED, changed);
  return () => window.removeEventListener(CHANGED, changed);
}
