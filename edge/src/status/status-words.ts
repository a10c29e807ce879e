import { createPhrasebook } from '@millrace/contract';
import book from '@millrace/contract/words/agent.zh-CN.json' with { type: 'json' };

/** Texts of the status page. */
export interface StatusWords {
  readonly lang: string;
  readonly title: string;
  readonly platform: string;
  readonly link: Readonly<Record<'starting' | 'online' | 'unreachable' | 'refused' | 'local', string>>;
  readonly configuration: string;
  readonly source: Readonly<Record<'platform' | 'file' | 'none', string>>;
  readonly version: string;
  readonly newestRefused: string;
  readonly buffer: string;
  readonly waiting: string;
  readonly oldest: string;
  /** Per cent. */
  readonly used: (share: number) => string;
  readonly dropped: string;
  readonly quarantined: string;
  readonly untold: string;
  readonly connections: string;
  readonly state: Readonly<Record<'connecting' | 'connected' | 'waiting' | 'failed' | 'disabled', string>>;
  readonly since: (seconds: number) => string;
  readonly latency: string;
  readonly skipped: string;
  readonly reconnects: string;
  readonly restarts: string;
  readonly perMinute: string;
  readonly tags: string;
  readonly machine: string;
  readonly tag: string;
  readonly value: string;
  readonly quality: Readonly<Record<'good' | 'uncertain' | 'bad', string>>;
  readonly lastGood: string;
  readonly error: string;
  readonly none: string;
  readonly more: (count: number) => string;
  readonly ago: (seconds: number) => string;
  readonly agent: string;
  /** What drivers and the agent say in English, in the language of the page. */
  readonly say: (said: string) => string;
}

type Units = readonly [second: string, minute: string, hour: string, day: string];
const EN_UNITS: Units = ['s', 'min', 'h', 'd'];
const ZH_UNITS: Units = ['秒', '分钟', '小时', '天'];

const EN: StatusWords = {
  lang: 'en',
  title: 'Gateway',
  platform: 'Platform',
  link: {
    starting: 'asking …',
    online: 'connected',
    unreachable: 'no answer; records wait here',
    refused: 'does not take the token; records wait here',
    local: 'works without a platform',
  },
  configuration: 'Configuration',
  source: { platform: 'from the platform', file: 'from the local file', none: 'none yet' },
  version: 'version',
  newestRefused: 'The newest was refused; the one before runs.',
  buffer: 'Buffer',
  waiting: 'records waiting',
  oldest: 'oldest',
  used: (share) => `${share} % of the disk quota used`,
  dropped: 'lost because the disk was full',
  quarantined: 'refused by the platform',
  untold: 'outcomes of commands waiting',
  connections: 'Connections',
  state: {
    connecting: 'connecting',
    connected: 'connected',
    waiting: 'waits, then tries again',
    failed: 'failed',
    disabled: 'switched off',
  },
  since: (seconds) => `for ${duration(seconds, EN_UNITS)}`,
  latency: 'latency',
  skipped: 'polls left out',
  reconnects: 'reconnects',
  restarts: 'restarts',
  perMinute: 'values a minute',
  tags: 'Tags',
  machine: 'Machine',
  tag: 'Tag',
  value: 'Value',
  quality: { good: 'good', uncertain: 'uncertain', bad: 'bad' },
  lastGood: 'Last good',
  error: 'Error',
  none: 'none',
  more: (count) => `and ${count} more, in /status.json`,
  ago: (seconds) => `${duration(seconds, EN_UNITS)} ago`,
  agent: 'Agent',
  say: (said) => said,
};

const ZH: StatusWords = {
  lang: 'zh-CN',
  title: '网关',
  platform: '平台',
  link: {
    starting: '正在询问…',
    online: '已连接',
    unreachable: '无应答，记录保存在本机',
    refused: '令牌不被接受，记录保存在本机',
    local: '不依赖平台运行',
  },
  configuration: '配置',
  source: { platform: '来自平台', file: '来自本地文件', none: '尚无配置' },
  version: '版本',
  newestRefused: '最新配置被拒绝，上一版继续运行。',
  buffer: '缓存',
  waiting: '条记录待上传',
  oldest: '最早',
  used: (share) => `磁盘配额已用 ${share} %`,
  dropped: '因磁盘已满而丢失',
  quarantined: '被平台拒绝',
  untold: '条命令结果待上报',
  connections: '连接',
  state: {
    connecting: '连接中',
    connected: '已连接',
    waiting: '等待后重试',
    failed: '失败',
    disabled: '已停用',
  },
  since: (seconds) => duration(seconds, ZH_UNITS),
  latency: '延迟',
  skipped: '次轮询被跳过',
  reconnects: '重连次数',
  restarts: '重启次数',
  perMinute: '值/分钟',
  tags: '点位',
  machine: '机器',
  tag: '点位',
  value: '值',
  quality: { good: '良好', uncertain: '不确定', bad: '无效' },
  lastGood: '最近良好',
  error: '错误',
  none: '无',
  more: (count) => `另有 ${count} 个，见 /status.json`,
  ago: (seconds) => `${duration(seconds, ZH_UNITS)}前`,
  agent: '代理程序',
  say: createPhrasebook(book),
};

/** In the largest unit of which there are two at least. */
function duration(seconds: number, [second, minute, hour, day]: Units): string {
  if (seconds < 120) return `${Math.round(seconds)} ${second}`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} ${minute}`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} ${hour}`;
  return `${Math.round(seconds / 86_400)} ${day}`;
}

/** The reader's language by the header's weights; English for all that we have not. [RFC 9110 §12.5.4] */
export function wordsFor(acceptLanguage: string | undefined): StatusWords {
  const ranges = (acceptLanguage ?? '')
    .slice(0, 512)
    .split(',')
    .map((range) => {
      const [name = '', ...parameters] = range.trim().toLowerCase().split(';');
      const weight = parameters
        .map((one) => /^\s*q=([\d.]+)$/.exec(one)?.[1])
        .find((one) => one !== undefined);
      return { name, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ name, weight }) => weight > 0 && /^(zh|en)\b/.test(name));
  const [best] = ranges.toSorted((one, other) => other.weight - one.weight);
  return best?.name.startsWith('zh') ? ZH : EN;
}
