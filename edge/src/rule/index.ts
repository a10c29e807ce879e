export { createRules, type Rules } from './rules.ts';
