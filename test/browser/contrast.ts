import type { Page } from 'playwright-core';

/** Texts that are too faint for their ground, with their ratio. [WCAG 2.2 §1.4.3] */
export function faintTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number];
    const brush = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    /** Whatever the notation, the browser itself says what it is. */
    const read = (css: string): Colour => {
      if (!brush) return [0, 0, 0, 0];
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = css;
      brush.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = brush.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const over = (top: Colour, ground: Colour): Colour => {
      const mixed = (at: 0 | 1 | 2) => top[at] * top[3] + ground[at] * (1 - top[3]);
      return [mixed(0), mixed(1), mixed(2), 1];
    };
    const parentOf = (one: Element): Element | null => {
      const root = one.getRootNode();
      return one.assignedSlot ?? one.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
    };
    const groundOf = (one: Element | null): Colour => {
      if (one === null) return [255, 255, 255, 1];
      const own = read(getComputedStyle(one).backgroundColor);
      return own[3] >= 1 ? own : over(own, groundOf(parentOf(one)));
    };
    const light = ([red, green, blue]: Colour): number => {
      const linear = [red, green, blue].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
    };
    const found: string[] = [];
    for (const one of document.querySelectorAll('.page-body *')) {
      const text = [...one.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
      const words = text.map(({ textContent }) => textContent?.trim()).join('');
      // What cannot be used may be faint. [WCAG 2.2 §1.4.3, incidental]
      if (words === '' || !one.checkVisibility() || one.closest(':disabled, [disabled]')) continue;
      const { color, fontSize, fontWeight } = getComputedStyle(one);
      const ground = groundOf(one);
      const lights = [light(over(read(color), ground)), light(ground)].sort((a, b) => b - a);
      const ratio = ((lights[0] ?? 0) + 0.05) / ((lights[1] ?? 0) + 0.05);
      const size = Number.parseFloat(fontSize);
      const least = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700) ? 3 : 4.5;
      if (ratio < least) found.push(`${ratio.toFixed(2)} “${words.slice(0, 40)}”`);
    }
    return found;
  });
}
