/** What the network looks like from above: board, event feed, definitions of the figures. Owns no figure itself. */

/** Opens the module: the feed's subscription and retention are declared, nothing runs before the kernel starts. */
export { openInsight } from './service.ts';
