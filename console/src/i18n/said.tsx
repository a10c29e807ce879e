import { createPhrasebook } from '@millrace/contract';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { phrasesOf } from './languages.ts';

const Said = createContext<(said: string) => string>((said) => said);

/** Reads the book of the language once, for all pages. */
export function SaidProvider({ children }: { readonly children: ReactNode }) {
  const { language } = useTranslation().i18n;
  const say = useMemo(() => createPhrasebook(phrasesOf(language)), [language]);
  return <Said value={say}>{children}</Said>;
}

/** Says in the reader's language what arrived as an English sentence: faults of drivers, of the agent and of configurations. */
export const useSaid = (): ((said: string) => string) => useContext(Said);
