import type { Page } from 'playwright-core';

/** What a person cannot read to its end without trying: texts cut off, choices wider than their field, hidden tabs. */
export function cutOffTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const shown = (one: Element) => one.checkVisibility();
    const brush = document.createElement('canvas').getContext('2d');
    for (const one of document.querySelectorAll('.page-header *, .page-body *')) {
      // What is typed may be longer than its field, and is read by moving in it.
      if (!shown(one) || one.matches('input, select') || one.scrollWidth <= one.clientWidth + 1) continue;
      const { textOverflow, display } = getComputedStyle(one);
      if (textOverflow === 'ellipsis' && display !== 'inline') found.push(`cut off “${one.textContent}”`);
    }
    for (const select of document.querySelectorAll('select')) {
      const { font, paddingLeft, paddingRight } = getComputedStyle(select);
      const text = select.selectedOptions[0]?.text ?? '';
      if (!shown(select) || brush === null) continue;
      brush.font = font;
      const room = select.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
      if (brush.measureText(text).width > room) found.push(`choice too wide for its field “${text}”`);
    }
    for (const tabs of document.querySelectorAll('.page-tabs')) {
      if (tabs.scrollWidth > tabs.clientWidth) found.push('tabs that have to be pushed to be seen');
    }
    return found;
  });
}
