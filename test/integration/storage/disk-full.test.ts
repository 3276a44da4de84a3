import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileUri, openStore } from '../../../src/storage/open.js';
import { bytes, codeOf, keys } from '../../support/storage-contract.js';

/** Mounts a disk of 1 MB; false where this user may not. */
function mountSmallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

it('a full disk is said as such, leaves nothing half-written, and works again with space', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'cxrflow-full-'));
  const mounted = mountSmallDisk(folder);
  try {
    if (!mounted) return context.skip('a small disk cannot be mounted here (needs root)');
    const store = openStore(fileUri(folder));
    await store.write('kept', Buffer.alloc(600_000));
    expect(await codeOf(store.write('film', Buffer.alloc(600_000)))).toBe('DISK_FULL');
    expect(await codeOf(store.write('kept', Buffer.alloc(700_000)))).toBe('DISK_FULL');
    expect(await keys(store)).toEqual(['kept']);
    expect((await store.stat('kept'))?.size).toBe(600_000);
    expect(await readdir(join(folder, '.cxrflow-tmp'))).toEqual([]);
    await store.delete('kept');
    await store.write('film', bytes('fits'));
  } finally {
    if (mounted) execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
  }
});
