import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** In one of these, which ORT knows by its variable, it reports nothing by itself: the tests run as if in none. */
const BUILD_SERVERS = [
  ...[
    'CI',
    'TF_BUILD',
    'GITHUB_ACTIONS',
    'GITLAB_CI',
    'CIRCLECI',
    'TRAVIS',
    'JENKINS_URL',
    'CODEBUILD_BUILD_ID',
  ],
  ...['BUILDKITE', 'TEAMCITY_VERSION', 'APPVEYOR', 'BITBUCKET_BUILD_NUMBER'],
];

const ROOT = resolve(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'telemetry-'));
});
afterEach(() => rm(home, { recursive: true }));

/** A program in a home of its own, where nothing forbids the telemetry; `strace` writes what it connects to. */
async function runProgram(program: string, trace: readonly string[] = []): Promise<string> {
  const own: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    USERPROFILE: home,
  };
  for (const name of ['ORT_DISABLE_TELEMETRY', ...BUILD_SERVERS]) delete own[name];
  const [command = process.execPath, ...args] = [...trace, process.execPath];
  const child = spawn(command, [...args, '--input-type=module', '-e', program], { env: own, cwd: ROOT });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  await new Promise((done) => child.on('close', done));
  return said;
}

const filesOfMicrosoft = async () =>
  (await readdir(home, { recursive: true })).filter((name) => /microsoft|onnxruntime/i.test(name));

/** Multiplies two matrices; then says what stands in the environment of the process. */
const MULTIPLY = `
const { openGemm } = await import('${DIST}/numerics/gemm.js');
const gemm = await openGemm();
await new Promise((done) => setTimeout(done, 800));
process.report.excludeNetwork = true;
(await import('node:fs')).writeSync(1, 'in force: ' + process.report.getReport().environmentVariables.ORT_DISABLE_TELEMETRY);
process.exit();`;

const inWorker = (program: string) => `
const { Worker } = await import('node:worker_threads');
new Worker(${JSON.stringify(program)}, { eval: true, execArgv: ['--input-type=module'] });`;

/** What goes wrong without us: that ONNX Runtime still reports, and that this is how it is found out. */
it('would be found out', async () => {
  await runProgram(`
import { createRequire } from 'node:module';
const { InferenceSession } = createRequire('${ROOT}/package.json')('onnxruntime-node');
await InferenceSession.create(new Uint8Array(1)).catch(() => {});
await new Promise((done) => setTimeout(done, 800));`);
  expect((await filesOfMicrosoft()).length).toBeGreaterThan(0);
});

it.each([
  ['the main thread', MULTIPLY],
  ['a thread of somebody else’s program', inWorker(MULTIPLY)],
])('nothing is written from %s, and the process’s own environment forbids it', async (_, program) => {
  expect(await runProgram(program)).toContain('in force: 1');
  expect(await filesOfMicrosoft()).toEqual([]);
});

it('nothing is written from a model’s thread', async () => {
  const said = await runProgram(`
const { loadModel, resolveModel } = await import('${DIST}/models/sources.js');
const model = await loadModel(resolveModel({ embedded: 'toy-llama-s' }, { folder: '.', where: 'a' }));
const reading = await model.converse().read(model.tokenize([{ role: 'user', content: 'hi' }]));
console.log('read ' + reading.states.length);
await new Promise((done) => setTimeout(done, 800));
await model.dispose();`);
  expect(said).toMatch(/^read \d/);
  expect(await filesOfMicrosoft()).toEqual([]);
});

const strace = spawnSync('strace', ['-V']).status === 0;
it.skipIf(!strace)('no name is looked up and nothing connected to (needs strace)', async () => {
  const log = join(home, 'trace');
  await runProgram(MULTIPLY, ['strace', '-f', '-e', 'trace=connect,sendto,sendmmsg', '-o', log]);
  const calls = (await readFile(log, 'utf8')).split('\n').filter((line) => /AF_INET/.test(line));
  expect(calls).toEqual([]);
});

it('nothing else loads ONNX Runtime', async () => {
  const names = (await readdir(join(ROOT, 'src'), { recursive: true })).filter((name) =>
    name.endsWith('.ts'),
  );
  const loading: string[] = [];
  for (const name of names) {
    if (name.endsWith('.test.ts')) continue;
    const text = await readFile(join(ROOT, 'src', name), 'utf8');
    // The type of the module is no load of it.
    if (/(?:await |= )import\('onnxruntime-node'\)|require\('onnxruntime-node'\)/.test(text))
      loading.push(name);
    if (/^import (?!type).*'onnxruntime-node'/m.test(text)) loading.push(name);
  }
  expect(loading).toEqual([join('numerics', 'onnx-runtime.ts')]);
});
