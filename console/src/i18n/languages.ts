import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { recall, remember } from '../app/remembered.ts';

export const LANGUAGES = ['zh-CN', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
/** Written in the language itself, so that whoever needs it can find it. */
export const LANGUAGE_NAMES: Record<Language, string> = { 'zh-CN': '简体中文', en: 'English' };
const KEY = 'language';

export async function startLanguages(): Promise<void> {
  const language = firstLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await catalogueOf(language) } },
    interpolation: { escapeValue: false },
    returnNull: false,
    // A hole in a catalogue must be seen by the browser test, not papered over with the other language.
    fallbackLng: false,
    parseMissingKeyHandler: (key) => `⟦${key}⟧`,
  });
  document.documentElement.lang = language;
}

export function currentLanguage(): Language {
  return i18next.language === 'zh-CN' ? 'zh-CN' : 'en';
}

export async function switchLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', await catalogueOf(language));
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  remember(KEY, language);
}

export function languageWasChosen(): boolean {
  return recall(KEY) !== null;
}

/** One catalogue is loaded, not both: the other comes when somebody switches. */
async function catalogueOf(language: Language): Promise<object> {
  const catalogue =
    language === 'zh-CN'
      ? await import('./zh-CN.json', { with: { type: 'json' } })
      : await import('./en.json', { with: { type: 'json' } });
  return catalogue.default;
}

function firstLanguage(): Language {
  const kept = recall(KEY);
  if (kept === 'zh-CN' || kept === 'en') return kept;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('zh')) ? 'zh-CN' : 'en';
}
