import type { AuditVerification } from '@millrace/contract';
import { type Config, openKernel, PLATFORM, type Tx } from '../kernel/index.ts';
import { canonicalEntry, entryHash, GENESIS } from './audit.ts';
import { listNetworks } from './store.ts';
import { auditHead, entriesAfter } from './store-audit.ts';

/** Entries read at once, so that a long chain does not fill the memory. */
const BATCH = 1_000;

/** Follows the chain from the first entry and compares its end with the head: an altered, inserted or missing entry breaks it. */
export async function verifyAudit(tx: Tx, networkId: string): Promise<AuditVerification> {
  const head = await auditHead(tx, networkId);
  let hash = GENESIS;
  let entries = 0;
  for (;;) {
    const batch = await entriesAfter(tx, networkId, entries, BATCH);
    for (const entry of batch) {
      const expected = entryHash(hash, entries + 1, canonicalEntry(entry));
      if (entry.seq !== entries + 1 || entry.prevHash !== hash || entry.hash !== expected) {
        return { entries, intact: false, firstBrokenSeq: entries + 1, headHash: head?.hash ?? null };
      }
      entries++;
      hash = entry.hash;
    }
    if (batch.length < BATCH) break;
  }
  const intact = (head?.seq ?? 0) === entries && (head?.hash ?? GENESIS) === hash;
  return { entries, intact, firstBrokenSeq: intact ? null : entries + 1, headHash: head?.hash ?? null };
}

/** `npm run audit:verify`: one line per network; exit code 1 when any chain is broken. */
export async function printAuditVerification(config: Config): Promise<void> {
  const kernel = await openKernel({ ...config, logLevel: 'error' });
  try {
    const verified = await kernel.db.transaction(PLATFORM, async (tx) => {
      const networks = await listNetworks(tx);
      const results: { name: string; result: AuditVerification }[] = [];
      for (const { id, name } of networks) results.push({ name, result: await verifyAudit(tx, id) });
      return results;
    });
    for (const { name, result } of verified) process.stdout.write(`${sentence(name, result)}\n`);
    if (verified.length === 0) process.stdout.write('There is no network yet, hence no audit.\n');
    if (verified.some(({ result }) => !result.intact)) process.exitCode = 1;
  } finally {
    await kernel.stop();
  }
}

function sentence(name: string, { intact, entries, firstBrokenSeq, headHash }: AuditVerification): string {
  return intact
    ? `${name}: intact, ${entries} entries, head ${headHash ?? '-'}`
    : `${name}: BROKEN at entry ${firstBrokenSeq}; ${entries} entries before it are intact`;
}
