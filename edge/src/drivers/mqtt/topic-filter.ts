/** What is wrong with a topic filter, or undefined. [MQTT-4.7.1] */
export function checkFilter(filter: string): string | undefined {
  if (filter === '' || filter.includes('\0')) return 'a topic filter has at least one character, and no NUL';
  if (Buffer.byteLength(filter) > 65_535) return 'a topic filter has at most 65,535 bytes';
  const levels = filter.split('/');
  for (const [index, level] of levels.entries()) {
    if (level === '+') continue;
    if (level === '#' && index === levels.length - 1) continue;
    if (level.includes('#')) return `# stands alone and last in a topic filter: ${filter}`;
    if (level.includes('+')) return `+ stands alone between slashes in a topic filter: ${filter}`;
  }
  return undefined;
}

export function hasWildcard(filter: string): boolean {
  return /[+#]/.test(filter);
}

/** Whether every topic that `inner` matches is matched by `outer` too; of a plain topic: whether `outer` matches it. */
export function covers(outer: string, inner: string): boolean {
  // Wildcards in front do not match the topics of the broker itself. [MQTT-4.7.2-1]
  if (inner.startsWith('$') && /^[+#]/.test(outer)) return false;
  const wide = outer.split('/');
  const narrow = inner.split('/');
  for (const [index, level] of wide.entries()) {
    if (level === '#') return true;
    const other = narrow[index];
    // `a/#` also matches `a`, and so more than `a` itself. [MQTT-4.7.1-2]
    if (other === undefined || other === '#') return false;
    if (level !== '+' && level !== other) return false;
  }
  return narrow.length === wide.length;
}

/** Whether a topic exists that both match. */
export function overlap(one: string, other: string): boolean {
  if (one.startsWith('$') !== other.startsWith('$') && /^[+#$]/.test(one) && /^[+#$]/.test(other))
    return false;
  const left = one.split('/');
  const right = other.split('/');
  for (let at = 0; ; at++) {
    const [mine, theirs] = [left[at], right[at]];
    if (mine === '#' || theirs === '#' || (mine === undefined && theirs === undefined)) return true;
    if (mine === undefined || theirs === undefined) return false;
    if (mine !== theirs && mine !== '+' && theirs !== '+') return false;
  }
}

/**
 * The filters without those that others cover: a broker may send a message once for each subscription that matches it
 * [MQTT5 §3.3.4], and nothing in 3.1.1 tells such copies from two pulses. A string says which two overlap and cannot be one.
 */
export function separateFilters(filters: readonly string[]): readonly string[] | string {
  const unique = [...new Set(filters)];
  const widest = unique.filter((inner) => !unique.some((outer) => outer !== inner && covers(outer, inner)));
  for (const [index, one] of widest.entries())
    for (const other of widest.slice(index + 1))
      if (overlap(one, other))
        return `topics ${one} and ${other} overlap, and what both match would come twice: listen to one that covers both`;
  return widest;
}
