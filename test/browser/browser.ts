import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

export const SIZES = {
  wall: { width: 1920, height: 1080 },
  laptop: { width: 1366, height: 768 },
  phone: { width: 390, height: 844 },
} as const;
export type Size = keyof typeof SIZES;
export type Look = Readonly<{ language: 'zh-CN' | 'en'; scheme: 'dark' | 'light'; size: Size }>;

/** Quiet, alone, and with nothing to say to the internet. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** People who want to look: every page that is visited is also kept as a picture in this folder. */
const PICTURES = process.env.MILLRACE_PICTURES ?? '';

export interface Visitor {
  readonly page: Page;
  /** What went wrong since the last call: console errors, exceptions, requests that left the machine. */
  complaints(): readonly string[];
  /** Looks at the page as it stands: nothing untranslated, nothing wider than the window. */
  inspect(name: string, look: Look): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A browser of its own, with its own profile, for one person. */
export async function visit(http: string, look: Look): Promise<Visitor> {
  const profile = mkdtempSync(join(tmpdir(), 'millrace-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: FLAGS,
    viewport: SIZES[look.size],
    hasTouch: look.size === 'phone',
    locale: look.language,
    timezoneId: 'Asia/Shanghai',
    baseURL: http,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const complaints = listen(context, page);
  await page.addInitScript(
    ([language, scheme]) => {
      // Only the first time: what the person switches afterwards must stay.
      if (localStorage.getItem('millrace.language') !== null) return;
      localStorage.setItem('millrace.language', language ?? '');
      localStorage.setItem('millrace.color-scheme', scheme ?? '');
    },
    [look.language, look.scheme],
  );
  return {
    page,
    complaints: () => complaints.splice(0),
    inspect: async (name, seen) => {
      if (PICTURES !== '') await keepPicture(page, `${name}-${seen.size}-${seen.language}-${seen.scheme}`);
      return flaws(page);
    },
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

export async function switchLook(page: Page, look: Look): Promise<void> {
  await page.setViewportSize(SIZES[look.size]);
  await page.evaluate(
    ([language, scheme]) => {
      localStorage.setItem('millrace.language', language ?? '');
      localStorage.setItem('millrace.color-scheme', scheme ?? '');
    },
    [look.language, look.scheme],
  );
}

function listen(context: BrowserContext, page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('response', (response) => {
    const expected = response.url().endsWith('/api/v3/me') && response.status() === 401;
    if (response.status() >= 400 && !expected) complaints.push(`${response.status()} ${response.url()}`);
  });
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
    if (protocol.startsWith('http') && !isLocal) complaints.push(`left the machine: ${request.url()}`);
  });
  return complaints;
}

/** A missing key shows itself between these brackets (console/src/i18n/languages.ts). */
async function flaws(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const keys = document.body.textContent.match(/⟦[^⟧]*⟧/g) ?? [];
    if (keys.length > 0) found.push(`untranslated: ${[...new Set(keys)].join(' ')}`);
    const width = document.documentElement.scrollWidth;
    if (width > window.innerWidth) found.push(`overflow: ${width} > ${window.innerWidth}`);
    for (const body of document.querySelectorAll('.page-body')) {
      if (body.scrollWidth > body.clientWidth + 1) {
        found.push(`page overflow: ${body.scrollWidth} > ${body.clientWidth}`);
      }
    }
    return found;
  });
}

async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
