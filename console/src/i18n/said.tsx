import { createPhrasebook } from '@millrace/contract';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { booksOf } from './languages.ts';

type Say = (said: string) => string;
const asItIs: Say = (said) => said;
const Said = createContext({ said: asItIs, planned: asItIs });

/** Reads the books of the language once, for all pages. */
export function SaidProvider({ children }: { readonly children: ReactNode }) {
  const { language } = useTranslation().i18n;
  const say = useMemo(() => {
    const { said, planned } = booksOf(language);
    return { said: createPhrasebook(said), planned: createPhrasebook(planned) };
  }, [language]);
  return <Said value={say}>{children}</Said>;
}

/** Says in the reader's language what arrived as an English sentence: faults of drivers, of the agent, of fields and rows. */
export const useSaid = (): Say => useContext(Said).said;

/** The same for what the planning engine finds impossible. */
export const usePlanned = (): Say => useContext(Said).planned;
