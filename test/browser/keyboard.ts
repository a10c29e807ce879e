import type { Page } from 'playwright-core';

/** More controls than any page has before the one that is looked for. */
const TABS_MAX = 120;

/** Tabs to the control of this name; complains when the way there passes a control without a visible focus. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let tabs = 0; tabs < TABS_MAX; tabs++) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(focused);
    if (now === null) continue;
    if (!now.visible) throw new TypeError(`the focus cannot be seen on “${now.name}”`);
    if (typeof name === 'string' ? now.name === name : name.test(now.name)) return;
  }
  throw new TypeError(`the keyboard never reaches “${name}”`);
}

/** What has the focus, also inside the shadow of a component; null = the page itself. */
function focused(): { readonly name: string; readonly visible: boolean } | null {
  let host = document.activeElement;
  if (host === null || host === document.body) return null;
  const named = host;
  while (host.shadowRoot?.activeElement) host = host.shadowRoot.activeElement;
  const label = named.closest('label')?.querySelector('span')?.textContent;
  const name = named.getAttribute('aria-label') ?? label ?? named.textContent;
  const rings = [named, host, named.closest('.file-choice')].flatMap((one) => (one ? [one] : []));
  const visible = rings.some((one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  });
  return { name: name.trim().replaceAll(/\s+/g, ' '), visible };
}
