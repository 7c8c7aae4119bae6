// `npm test`, `npm run test:long`, `npm run test:all`: the projects of vitest.config.ts and the checks side by side, which is what two
// cores have room for, and at the end the files that took longest. With paths (`npm test -- test/core/wallet`) only those files, once.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SLOWEST = 10;
/** The projects that run side by side. */
const RUNS = { usual: ['workers', 'node'], long: ['workers-long', 'node-long', 'clients'] };

const named = process.argv.slice(2);
const length = named[0]?.replace('--', '') ?? 'usual';
const isWhole = named.length === 0 || length in RUNS;

process.exitCode = isWhole ? await runAll(RUNS[length], length === 'usual') : await run('tests', vitest(named));

/** @returns 0 if everything passed */
async function runAll(projects, withChecks) {
  const dir = await mkdtemp(join(tmpdir(), 'satlane-tests-'));
  const reportOf = (name) => join(dir, `${name}.json`);
  const started = projects.map((project) => {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportOf(project)}`];
    return run(project, vitest(['--project', project, ...reporters]));
  });
  if (withChecks) started.push(run('check', ['npm', 'run', 'check']));
  const codes = await Promise.all(started);
  const texts = await Promise.all(projects.map((project) => readFile(reportOf(project), 'utf8').catch(() => null)));
  await rm(dir, { recursive: true, force: true });
  summarise(texts.flatMap((text) => (text === null ? [] : [JSON.parse(text)])));
  return codes.every((code) => code === 0) ? 0 : 1;
}

function vitest(args) {
  return ['vitest', 'run', '--config', 'test/vitest.config.ts', ...args];
}

/** Runs a command with its output line by line under its name. @returns its exit code */
function run(name, [command, ...args]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (!isNoise(line)) console.log(`${name.padEnd(9)} ${line}`);
    });
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  return new Promise((done) => child.on('close', (code, signal) => done(code ?? signal)));
}

/** What workerd prints when a test has a receiver, an explorer or a page go away on purpose. */
function isNoise(line) {
  return /^(stack: |exception = |e = |uncaught exception; )/.test(line);
}

function summarise(reports) {
  const files = reports.flatMap(({ testResults }) => testResults);
  const sum = (key) => reports.reduce((total, report) => total + report[key], 0);
  const slowest = files
    .map(({ name, startTime, endTime }) => ({ name: name.replace(`${process.cwd()}/`, ''), ms: endTime - startTime }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST);
  console.log(`\nThe slowest of ${files.length} files:`);
  for (const { name, ms } of slowest) console.log(`${(ms / 1000).toFixed(1).padStart(6)} s  ${name}`);
  console.log(`\n${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed, ${sum('numPendingTests')} skipped`);
}
