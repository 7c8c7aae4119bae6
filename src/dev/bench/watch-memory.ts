// What the workerd that this process started holds in memory. Called by watch.ts.

import { readdir, readFile } from 'node:fs/promises';

/** Resident bytes of our largest child; null where there is no /proc. */
export async function workerdBytes(): Promise<number | null> {
  try {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const resident = await Promise.all(pids.map(residentOfChild));
    return Math.max(...resident) || null;
  } catch {
    return null;
  }
}

async function residentOfChild(pid: string): Promise<number> {
  // It may be gone by now.
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const isOurs = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]) === process.pid;
  return isOurs ? Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024 : 0;
}
