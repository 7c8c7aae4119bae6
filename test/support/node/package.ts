// Makes the published package (`npm run package`) and installs it as a stranger would: from its tarball, into a folder that
// knows nothing of this one, without a network.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../');

export interface Installed {
  tarball: string;
  /** Where `satlane` is in node_modules. */
  project: string;
  remove(): Promise<void>;
}

export function installPackage(): Installed {
  const dir = mkdtempSync(join(tmpdir(), 'satlane-package-'));
  const project = join(dir, 'project');
  const built = execFileSync(process.execPath, ['src/dev/package.ts', '--out', dir], { cwd: ROOT, encoding: 'utf8' });
  const tarball = built.trim();
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }));
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', tarball], {
    cwd: project,
    shell: process.platform === 'win32',
  });
  return { tarball, project, remove: () => rm(dir, { recursive: true, force: true }) };
}

export interface Runtime {
  name: string;
  path: string;
}

/** This test's own Node, and another one that the machine has, if it has: what a stranger may run the package with. */
export function nodes(): Runtime[] {
  const own = { name: `Node ${process.versions.node}`, path: process.execPath };
  const others = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .flatMap((path) => {
      const version = /^v(\d+)(.*)/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? '');
      if (!version || Number(version[1]) < 20) return [];
      return [{ name: `Node ${version[1]}${version[2]}`.trim(), path: realpathSync(path) }];
    });
  const byName = new Map([own, ...others].map((runtime) => [runtime.name, runtime]));
  return [...byName.values()];
}

/** Whether a command is here at all. */
export function isHere(command: string): boolean {
  return spawnSync(command, ['--version']).status === 0;
}
