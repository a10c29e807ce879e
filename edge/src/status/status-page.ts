import type { ConnectionHealth, TagHealth, TagValue } from '@millrace/contract';
import type { StatusSource } from './status-source.ts';
import type { StatusWords } from './status-words.ts';

/** A phone shows no more with sense; the rest is in `/status.json`. */
const TAGS_SHOWN_MAX = 500;
const VALUE_CHARACTERS_MAX = 80;
/** The page looks again by itself, without a script. */
const REFRESH_S = 5;

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--good:#1a7f37;--warn:#b35900;--bad:#c0232c}
@media(prefers-color-scheme:dark){:root{--good:#4ac26b;--warn:#e0a030;--bad:#ff7b72}}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:.75rem}
h1{font-size:1.25rem;margin:.25rem 0}h2{font-size:1rem;margin:1.25rem 0 .25rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .75rem;margin:0}dt{opacity:.75}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top}th{font-weight:600;font-size:.85em;white-space:nowrap}td:first-child,td:nth-child(2):not(.text){white-space:nowrap}.text{min-width:9rem;overflow-wrap:anywhere}
th.num{text-align:right}
@media(max-width:40rem){thead{display:none}tr{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 .75rem;border-bottom:1px solid var(--line);padding:.35rem 0}
td,td.text{border:0;padding:0;min-width:0}td.num{text-align:left}td[data-name]::before{content:attr(data-name) " ";opacity:.75;font-size:.85em}td br{display:none}td small{margin-left:.35em}}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.num{text-align:right;white-space:nowrap}small{opacity:.75}
`;

/** The whole page: nothing from outside, nothing to run, everything escaped. */
export function statusPage(source: StatusSource, words: StatusWords, now: number): string {
  const health = source.health();
  const title = `${words.title} ${source.gateway?.code ?? health.hostName}`;
  return `<!doctype html>
<html lang="${words.lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_S}"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<dl>${overview(source, words, now)}</dl>
${faults(source, words)}
<h2>${words.connections}</h2>${connections(health.connections, words, now)}
<h2>${words.tags}</h2>${tags(source.tags(), words, now)}
</body></html>
`;
}

function overview(source: StatusSource, words: StatusWords, now: number): string {
  const { agentVersion, hostName, configSource, configVersion, buffer } = source.health();
  const link = source.link();
  const state = link?.state ?? 'local';
  const tone = state === 'online' || state === 'local' ? 'good' : state === 'starting' ? 'warn' : 'bad';
  const ago = (at: number): string => words.ago(Math.max(now - at, 0) / 1_000);
  const untold = source.untoldCommands();
  const share = buffer.quotaBytes > 0 ? Math.round((buffer.bytes / buffer.quotaBytes) * 100) : 0;
  const illness = source.illness();
  const kept = [
    `<span class="${buffer.waiting > 0 && state !== 'online' ? 'warn' : ''}">${buffer.waiting} ${words.waiting}</span>`,
    buffer.oldestAt === null ? '' : `${words.oldest}: ${ago(buffer.oldestAt)}`,
    words.used(share),
    buffer.dropped > 0 ? `<span class="bad">${buffer.dropped} ${words.dropped}</span>` : '',
    buffer.quarantined > 0 ? `<span class="bad">${buffer.quarantined} ${words.quarantined}</span>` : '',
    untold > 0 ? `${untold} ${words.untold}` : '',
    illness === undefined ? '' : `<span class="bad">${escaped(words.say(illness))}</span>`,
  ];
  const version = configVersion === null ? '' : `, ${words.version} ${configVersion}`;
  const rows: readonly (readonly [string, string])[] = [
    [
      words.platform,
      `<span class="${tone}">${words.link[state]}</span> ${escaped(source.gateway?.server ?? '')}${
        link === undefined || link.state === 'online'
          ? ''
          : ` <small>${escaped(words.say(link.error ?? ''))}</small>`
      }`,
    ],
    [words.configuration, `${words.source[configSource]}${version}`],
    [words.buffer, kept.filter((part) => part !== '').join(' · ')],
    [words.agent, `${escaped(agentVersion)} · ${escaped(hostName)} · ${instant(now)}`],
  ];
  return rows.map(([name, text]) => `<dt>${name}</dt><dd>${text}</dd>`).join('');
}

function faults(source: StatusSource, words: StatusWords): string {
  const found = source.config().faults;
  if (found.length === 0) return '';
  const items = found.map(({ path, message, line, column }) => {
    const place = line === undefined ? path : `${line}:${column} ${path}`;
    return `<li><code>${escaped(place || '/')}</code> ${escaped(words.say(message))}</li>`;
  });
  return `<p class="bad">${words.newestRefused}</p><ul>${items.join('')}</ul>`;
}

const TONES: Readonly<Record<ConnectionHealth['state'], string>> = {
  connecting: 'warn',
  connected: 'good',
  waiting: 'warn',
  failed: 'bad',
  disabled: '',
};
const RANK: Readonly<Record<ConnectionHealth['state'], number>> = {
  failed: 0,
  waiting: 1,
  connecting: 2,
  connected: 3,
  disabled: 4,
};

function connections(all: readonly ConnectionHealth[], words: StatusWords, now: number): string {
  if (all.length === 0) return `<p>${words.none}</p>`;
  // What is wrong stands first.
  const sorted = all.toSorted((one, other) => RANK[one.state] - RANK[other.state]);
  const rows = sorted.map((one) => {
    const polls = one.skippedPolls ?? 0;
    const skipped = polls > 0 ? `<br><small class="warn">${polls} ${words.skipped}</small>` : '';
    return `<tr><td>${escaped(one.code)}<br><small>${escaped(one.driver)}</small></td>
<td class="text"><span class="${TONES[one.state]}">${words.state[one.state]}</span> <small>${words.since(Math.max(now - one.since, 0) / 1_000)}</small>
${one.error === null ? '' : `<br><small>${escaped(words.say(one.error))}</small>`}</td>
${figure(words.latency, one.latencyMs === null ? '–' : `${one.latencyMs.toFixed(1)} ms`, skipped)}${figure(words.perMinute, one.samplesPerMin)}
${figure(words.reconnects, one.reconnects)}${figure(words.restarts, one.restarts)}</tr>`;
  });
  return table(['', ''], rows, [words.latency, words.perMinute, words.reconnects, words.restarts]);
}

function tags(all: readonly TagHealth[], words: StatusWords, now: number): string {
  if (all.length === 0) return `<p>${words.none}</p>`;
  // What is wrong stands first.
  const sorted = all.toSorted(
    (one, other) => Number(one.quality === 'good') - Number(other.quality === 'good'),
  );
  const rows = sorted.slice(0, TAGS_SHOWN_MAX).map((one) => {
    const tone = one.quality === 'good' ? 'good' : one.quality === 'bad' ? 'bad' : 'warn';
    const lastGood = one.lastGoodAt === null ? '–' : words.ago(Math.max(now - one.lastGoodAt, 0) / 1_000);
    return `<tr><td>${escaped(one.machine)}</td><td>${escaped(one.tag)}</td><td>${escaped(shown(one.value))}</td>
<td class="text"><span class="${tone}">${words.quality[one.quality]}</span> <small>${escaped(words.say(one.error ?? ''))}</small></td><td data-name="${words.lastGood}">${lastGood}</td></tr>`;
  });
  const more = all.length > TAGS_SHOWN_MAX ? `<p>${words.more(all.length - TAGS_SHOWN_MAX)}</p>` : '';
  return `${table([words.machine, words.tag, words.value, '', words.lastGood], rows)}${more}`;
}

/** A phone has no room for a head of the table: there each figure carries its own name. */
function figure(name: string, value: string | number, note = ''): string {
  return `<td class="num" data-name="${name}">${value}${note}</td>`;
}

function table(head: readonly string[], rows: readonly string[], figures: readonly string[] = []): string {
  const texts = head.map((name) => `<th>${name}</th>`);
  const names = [...texts, ...figures.map((name) => `<th class="num">${name}</th>`)].join('');
  return `<div class="wide"><table><thead><tr>${names}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function shown(value: TagValue): string {
  if (value === null) return '–';
  const text = typeof value === 'number' ? String(Number(value.toPrecision(9))) : String(value);
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text;
}

/** As a person reads it; the zone is the same for whoever looks from wherever. */
const instant = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** For text and for attributes in double quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => ENTITIES[one] ?? '');
}
