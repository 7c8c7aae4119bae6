// What the workerd that this process started holds in memory and has spent of the CPU. Called by watch.ts, blocks.ts and
// deliver.ts.

import { readdir, readFile } from 'node:fs/promises';

export interface Process {
  /** Resident bytes. */
  bytes(): Promise<number>;
  /** CPU of all its threads since it started, in ms: of the user and of the system. */
  cpuMs(): Promise<number>;
}

/** Our largest child; null where there is no /proc. */
export async function workerd(): Promise<Process | null> {
  try {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const children = await Promise.all(pids.map(async (pid) => ({ pid, bytes: await residentOfChild(pid) })));
    const [largest] = children.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
    if (!largest) return null;
    await cpuMsOf(largest.pid);
    return { bytes: () => residentOfChild(largest.pid), cpuMs: () => cpuMsOf(largest.pid) };
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

/** In nanoseconds per thread, where /proc/PID/stat would tell it in hundredths of a second. workerd keeps its threads. */
async function cpuMsOf(pid: string): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const spentNs = await Promise.all(
    threads.map(async (thread) =>
      Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')).split(' ')[0]),
    ),
  );
  return spentNs.reduce((sum, ns) => sum + ns, 0) / 1e6;
}
