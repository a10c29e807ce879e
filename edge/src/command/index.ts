/** Writes and calls the platform asks for: refused unless everything allows them, executed at most once. */
export { type CommandJournal, openCommandJournal } from './command-journal.ts';
export { type Commands, type CommandsOptions, type CommandTarget, openCommands } from './commands.ts';
export type { CurrentTag, CurrentTags, Holds } from './decide.ts';
