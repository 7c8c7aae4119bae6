// Builds the bundles that are measured, the way `npm run deploy` builds: same tool, same configuration, no network.
// Called by main.ts.

import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');

/** No request may reach a network. */
const quiet = { WRANGLER_SEND_METRICS: 'false', WRANGLER_SEND_ERROR_REPORTS: 'false', WRANGLER_HIDE_BANNER: 'true' };

export interface Bundle {
  /** The one file to run. */
  file: string;
  bytes: number;
  gzipBytes: number;
}

/** @param entry the Worker's source; without it the product's own */
export async function build(outdir: string, signal: AbortSignal, entry?: string): Promise<Bundle> {
  await runWrangler(['deploy', ...(entry ? [entry] : []), '--dry-run', '--outdir', outdir], signal);
  const modules = (await readdir(outdir)).filter((name) => !/\.(map|md)$/.test(name));
  const [name] = modules;
  if (!name || modules.length > 1) throw new Error(`one module was expected in the bundle, not ${modules.join(', ')}`);
  const file = join(outdir, name);
  const code = await readFile(file);
  return { file, bytes: code.length, gzipBytes: gzipSync(code).length };
}

/** CPU from the isolate's start to its first possible request, in ms: what wrangler's own profile does not call idle. */
export async function startupCpuMs(outdir: string, signal: AbortSignal): Promise<number> {
  const file = join(outdir, 'startup.cpuprofile');
  await runWrangler(['check', 'startup', '--outfile', file], signal);
  const profile = JSON.parse(await readFile(file, 'utf8')) as Profile;
  const idle = new Set(profile.nodes.filter((node) => node.callFrame.functionName === '(idle)').map((node) => node.id));
  const busyUs = profile.samples.reduce(
    (sum, node, index) => sum + (idle.has(node) ? 0 : (profile.timeDeltas[index] ?? 0)),
    0,
  );
  return busyUs / 1_000;
}

/** The part of Chrome's profile format that is read. */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string } }[];
  samples: number[];
  timeDeltas: number[];
}

function runWrangler(args: string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [wrangler, ...args], {
      cwd: root,
      env: { ...process.env, ...quiet, CI: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    signal.addEventListener('abort', () => child.kill(), { once: true });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    // Not `exit`: wrangler has a process of its own that holds the pipes, and what it writes is still to come.
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`wrangler ${args.join(' ')} ended with ${code}\n${output}`)),
    );
  });
}
