import type { Page } from 'playwright-core';

/** Smallest target for a thumb or a glove, px. */
export const TARGET_MIN_PX = 44;
/** What is pressed; a word within a sentence may be as small as the sentence. [WCAG 2.2 §2.5.8, inline] */
const PRESSED = ['button', 'input', 'select', 'ix-button', 'ix-icon-button', 'summary', 'a.plain'];

/** What a thumb could miss within `scope`. */
export function smallTargets(page: Page, scope: string): Promise<readonly string[]> {
  const inside = PRESSED.map((one) => `${scope} ${one}`).join(', ');
  return page.evaluate(
    ([least, selector]) =>
      [...document.querySelectorAll(selector)]
        .filter((one) => one.checkVisibility() && !one.matches('[type=file], [type=checkbox]'))
        .filter((one) => one.getBoundingClientRect().height < least - 0.5)
        .map((one) => `${one.tagName} ${one.textContent} ${one.getBoundingClientRect().height}`),
    [TARGET_MIN_PX, inside] as const,
  );
}
