import type { Phrases } from '@millrace/contract';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { recall, remember } from '../app/remembered.ts';

export const LANGUAGES = ['zh-CN', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
/** Written in the language itself, so that whoever needs it can find it. */
export const LANGUAGE_NAMES: Record<Language, string> = { 'zh-CN': '简体中文', en: 'English' };
const KEY = 'language';
/** Beside the catalogue: sentences that arrive in English, and what they say in the reader's language. */
const SAID = 'said';
/** The planning engine's are a book of their own: `line {0}` would be found in what people call their machines. */
export type Books = Readonly<Record<'said' | 'planned', Phrases>>;
const NO_BOOKS: Books = { said: {}, planned: {} };

export async function startLanguages(): Promise<void> {
  const language = firstLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: {
      [language]: { translation: await catalogueOf(language), [SAID]: await booksFor(language) },
    },
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
    i18next.addResourceBundle(language, SAID, await booksFor(language));
    i18next.addResourceBundle(language, 'translation', await catalogueOf(language));
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  remember(KEY, language);
}

export function languageWasChosen(): boolean {
  return recall(KEY) !== null;
}

/** Sentences that the agent, the platform and its engine say in English; empty where nothing is to be translated. */
export function booksOf(language: string): Books {
  const books: unknown = i18next.getResourceBundle(language, SAID);
  // Put in above, from the books of this language.
  return (books as Books | undefined) ?? NO_BOOKS;
}

async function booksFor(language: Language): Promise<Books> {
  if (language === 'en') return NO_BOOKS;
  const [agent, platform, planning] = await Promise.all([
    import('@millrace/contract/words/agent.zh-CN.json', { with: { type: 'json' } }),
    import('@millrace/contract/words/platform.zh-CN.json', { with: { type: 'json' } }),
    import('@millrace/contract/words/planning.zh-CN.json', { with: { type: 'json' } }),
  ]);
  return { said: { ...agent.default, ...platform.default }, planned: planning.default };
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
