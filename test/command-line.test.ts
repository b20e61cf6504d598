// What the built command line prints: for programs, on terminals, in pipes that nobody reads to the end.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  compareSchema,
  doctorSchema,
  errorSchema,
  estimateSchema,
  exportSchema,
  measureSchema,
  modelSchema,
  statusSchema,
  verifySchema,
} from '../src/cli/documents.ts';
import { eventLineSchema } from '../src/cli/event-lines.ts';
import { type Finished, interbrain, MAIN, scratch, start, writeStudy } from './cli.ts';

const folder = scratch();
/** Without intervals, of which there are none over two interactions. */
const FEW = { synchrony: '{ samples: all, splitSeeds: [0, 1], intervals: false, lambda: 0.1 }' };
const study = writeStudy(folder, FEW);
const run = join(folder, 'runs/small');
const SHORT = ['--interactions', '2'];
const QUICK = ['--split-seeds', '0', '--test', '0.4'];

beforeAll(async () => {
  expect(await interbrain(['run', study], folder)).toMatchObject({ code: 0, stderr: '' });
});

/** A shell's command; `$INTERBRAIN` is the command line. */
function shell(command: string, cwd: string): Promise<Finished> {
  const env = { ...process.env, CI: '', INTERBRAIN: `${process.execPath} ${MAIN}` };
  const child = spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr })));
}

/** The one document on stdout. */
function documentOf<T>(schema: z.ZodType<T>, { stdout }: Finished): T {
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return schema.parse(JSON.parse(stdout));
}

const linesOf = ({ stdout }: Finished) => {
  expect(stdout.endsWith('\n')).toBe(true);
  const lines = stdout.slice(0, -1).split('\n');
  return lines.map((line) => eventLineSchema.parse(JSON.parse(line)));
};

describe('--json prints one document', () => {
  it('of status', async () => {
    const finished = await interbrain(['status', study, '--json'], folder);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    const { stages, ...rest } = documentOf(statusSchema, finished);
    expect(rest).toMatchObject({ study: 'small', run: 'runs/small', next: [], toDownload: {} });
    expect(stages.map(({ stage, current, total }) => [stage, current, total])).toEqual([
      ['episodes', 16, 16],
      ['measure', 4, 4],
    ]);
  });

  it('of status where another setting makes results stale', async () => {
    const other = scratch();
    const changed = writeStudy(other, { synchrony: '{ samples: all, splitSeeds: [5] }' });
    const finished = await interbrain(['status', changed, '--out', join(folder, 'runs'), '--json'], other);
    const { stages, next } = documentOf(statusSchema, finished);
    expect(stages.find(({ stage }) => stage === 'measure')).toMatchObject({ current: 0, stale: 4 });
    expect(next).toEqual([`interbrain run ${changed} --out ${join(folder, 'runs')}`]);
  });

  it('of measure', async () => {
    const out = scratch();
    const finished = await interbrain(
      ['measure', run, '--out', out, '--lambda', '0.1,cv', ...QUICK, '--json'],
      folder,
    );
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    const { results } = documentOf(measureSchema, finished);
    expect(results).toHaveLength(4);
    for (const { file, syncR2, variants, interval } of results) {
      expect(existsSync(`${file}.safetensors`)).toBe(true);
      expect(syncR2.bestTarget).toHaveLength(6);
      expect(variants.map(({ lambda }) => lambda)).toEqual(['cv']);
      expect(interval?.kind).toBe('jackknife-t');
      expect(interval?.estimate).toBe(syncR2.value);
    }
    // Named as in the study, so that the tables of `run` and of `measure` can be joined; or by checkpoint.
    const named = async (...names: string[]) => {
      const again = ['measure', run, '--out', scratch(), '--lambda', '0.1', ...QUICK, '--json', ...names];
      const { results: found } = documentOf(measureSchema, await interbrain(again, folder));
      return found.map(({ sourceModel, targetModel }) => `${sourceModel} ${targetModel}`);
    };
    expect(await named()).toContain('llama mistral');
    expect(await named('--names', 'checkpoint')).toContain('toy-llama toy-mistral');
  });

  it('of model inspect', async () => {
    const args = ['model', 'inspect', 'toy-llama', '--prompt', 'Hello', '--json'];
    const finished = await interbrain(args, folder);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    expect(documentOf(modelSchema, finished)).toMatchObject({
      architecture: 'LlamaForCausalLM',
      layers: 6,
      reply: { text: expect.any(String) },
    });
  });

  it('of model verify, which first says how a golden file is made', async () => {
    const missing = await interbrain(['model', 'verify', 'toy-llama-s'], folder);
    expect(missing).toMatchObject({ code: 3, stderr: '' });
    expect(missing.stdout).toMatch(
      /python '.*verify_model.py' '.*toy-llama-s' 'toy-llama-s.golden.safetensors'/,
    );
    expect(existsSync(/'([^']*verify_model.py)'/.exec(missing.stdout)![1]!)).toBe(true);
    const golden = join(import.meta.dirname, '../fixtures/golden/toy-llama-s.safetensors');
    const verified = await interbrain(
      ['model', 'verify', 'toy-llama-s', '--golden', golden, '--json'],
      folder,
    );
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(documentOf(verifySchema, verified)).toMatchObject({ agrees: true, differences: [] });
    // Rounding is a difference to whoever allows none.
    const strict = ['--tolerance', '1e-9'];
    const other = await interbrain(['model', 'verify', 'toy-llama-s', '--golden', golden, ...strict], folder);
    expect(other.code).toBe(2);
    expect(other.stdout).toMatch(/layer 1 .*differs/);
    expect(other.stderr).toMatch(
      /does not compute what transformers 5.* computes: .*; do not measure with it/,
    );
  });

  it('of estimate', async () => {
    const finished = await interbrain(['estimate', study, '--seconds', '1', ...SHORT, '--json'], folder);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    const document = documentOf(estimateSchema, finished);
    expect(Object.keys(document.speeds)).toEqual(['llama', 'mistral']);
    expect(document.episodes).toMatchObject({ total: 4, recorded: 4 });
  });

  it('of export', async () => {
    const tables = join(scratch(), 'tables');
    const finished = await interbrain(['export', run, '--parquet', tables, '--json'], folder);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    const document = documentOf(exportSchema, finished);
    expect(document).toMatchObject({ run, missing: [] });
    const rows = new Map(document.tables.map(({ table, rows: count }) => [table, count]));
    expect([rows.get('episodes'), rows.get('cells'), rows.get('scores')]).toEqual([16, 4 * 36, 0]);
    for (const { file } of document.tables) expect(existsSync(file)).toBe(true);
  });

  it('of compare', async () => {
    const other = writeStudy(scratch(), {
      ...FEW,
      name: 'other',
      synchrony: FEW.synchrony.replace('0.1', '1'),
    });
    const args = ['run', other, ...SHORT, '--out', join(folder, 'runs')];
    expect(await interbrain(args, folder)).toMatchObject({ code: 0 });
    const finished = await interbrain(['compare', run, join(folder, 'runs/other'), '--json'], folder);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    const { pairs, settings } = documentOf(compareSchema, finished);
    expect(settings.map(({ setting }) => setting)).toContain('synchrony.lambda');
    expect(pairs).toMatchObject([{ condition: 'interactive', lambdas: [0.1, 1], comparable: false }]);
    const [one] = pairs;
    expect(one?.obstacles).toEqual(expect.arrayContaining(['λ: 0.1 and 1', expect.stringMatching(/^n: /)]));
    const told = await interbrain(['compare', run, join(folder, 'runs/other')], folder);
    expect(told.stdout).toContain('Settings that differ:');
    expect(told.stdout).toContain('No test was made of any difference');
  });

  it('of doctor', async () => {
    const finished = await interbrain(['doctor', '--json'], folder);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    const { ok, checks } = documentOf(doctorSchema, finished);
    expect(ok).toBe(true);
    const cpu = checks.find(({ what }) => what === 'device cpu');
    expect(cpu?.numbers?.['float32']).toBeGreaterThan(0);
  });

  it.each<[string, string[], string]>([
    ['a study that is not there', ['status', 'nowhere.yaml'], 'nowhere.yaml'],
    ['an export to nowhere', ['export', run], '--parquet FOLDER'],
    ['an export of no run', ['export', folder, '--csv', 'x'], 'name one like runs/first-study'],
    ['a run compared with itself', ['compare', run, run], 'the same run twice'],
    ['a run without states', ['measure', scratch()], 'no states here'],
    ['an unknown model', ['model', 'inspect', 'gpt'], 'toy-llama'],
    ['a folder that is not there', ['model', 'inspect', './nofolder'], 'there is no such folder; a model is'],
    [
      'a file that is not there',
      ['model', 'verify', '../no/model.gguf'],
      'there is no such file; a model is',
    ],
    ['more threads than there are', ['run', 'study.yaml', '--threads', '1025'], '1024 or less'],
    ['more memory than there is', ['run', 'study.yaml', '--memory', '1001TB'], '1000TB or less'],
    ['a penalty that leaves nothing', ['measure', '.', '--lambda', '1e16'], '1000000000000000 or less'],
    ['an unknown option', ['status', 'study.yaml', '--jsno'], '--jsno'],
    ['a wrong value', ['estimate', 'study.yaml', '--seconds', '0'], '--seconds'],
  ])('of what is wrong: %s', async (_, args, message) => {
    const finished = await interbrain([...args, '--json'], folder);
    expect(finished.code).toBe(2);
    const { error } = documentOf(errorSchema, finished);
    expect(error).toMatchObject({ kind: 'BadInput', exitCode: 2 });
    expect(error.message).toContain(message);
    expect(finished.stderr).toContain(message);
  });
});

describe('run --json prints events', () => {
  it('from what is planned to the end, with totals that are exact from the beginning', async () => {
    const other = scratch();
    const finished = await interbrain(['run', writeStudy(other, FEW), ...SHORT, '--json'], other);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    const lines = linesOf(finished);
    const [first] = lines;
    expect(first).toMatchObject({
      type: 'run-begins',
      stages: [
        { stage: 'episodes', unit: 'episodes', total: 4, tasks: 4 },
        { stage: 'measure', unit: 'layer pairs', total: 4 * 36, tasks: 4 },
      ],
    });
    const page = join(other, 'runs/small/report/index.html');
    expect(lines.at(-1)).toMatchObject({ type: 'run-ends', outcome: 'done', exitCode: 0, report: page });
    for (const stage of ['episodes', 'measure']) {
      const own = lines.filter((line) => 'stage' in line && line.stage === stage);
      expect(own[0]).toMatchObject({ type: 'stage-begins', of: 2 });
      expect(own.at(-1)).toMatchObject({ type: 'stage-ends', outcome: 'done', made: 4 });
      const counts = own.flatMap((line) => (line.type === 'progress' ? [line] : []));
      const total = stage === 'episodes' ? 4 : 144;
      expect(counts.every((line) => line.total === total)).toBe(true);
      expect(counts.map(({ done }) => done)).toEqual(
        counts.map(({ done }) => done).toSorted((a, b) => a - b),
      );
      expect(counts.at(-1)?.done).toBe(total);
      expect(own.filter(({ type }) => type === 'task-done')).toHaveLength(4);
    }
  });

  it('ends with the error that ended it', async () => {
    const finished = await interbrain(['run', 'nowhere.yaml', '--json'], folder);
    expect(finished.code).toBe(2);
    const lines = linesOf(finished);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ type: 'error', error: { kind: 'BadInput', exitCode: 2 } });
    expect(finished.stderr).toContain('nowhere.yaml');
  });

  it('ends at Ctrl-C with the end of the run', async () => {
    const other = scratch();
    const { child, finished } = start(['run', writeStudy(other, FEW), '--json'], other);
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('stage-begins')) child.kill('SIGINT');
    });
    const { code, stderr, stdout } = await finished;
    expect(code).toBe(130);
    expect(linesOf({ code, stderr, stdout }).at(-1)).toMatchObject({ type: 'run-ends', outcome: 'stopped' });
    expect(stderr).toContain('go on with: interbrain run');
  });
});

describe('a pipe that nobody reads to the end', () => {
  it.each([
    ['| head -1', ''],
    ['2>&1 | head -1', ''],
    ['--json | head -1', '"run-begins"'],
  ])('run … %s goes on to the report', async (pipe, seen) => {
    const other = scratch();
    const command = `$INTERBRAIN run ${writeStudy(other, FEW)} ${SHORT.join(' ')} ${pipe}; echo "code \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await shell(command, other);
    expect(stdout.split('\n')).toEqual([expect.stringContaining(seen), 'code 0', '']);
    expect(stderr).toBe('');
    expect(existsSync(join(other, 'runs/small/report/index.html'))).toBe(true);
  });

  it('measure goes on to its results, and judge to its scores', async () => {
    const out = scratch();
    const measure = await shell(
      `$INTERBRAIN measure ${run} --out ${out} ${QUICK.join(' ')} | head -0; echo "code \${PIPESTATUS[0]}"`,
      folder,
    );
    expect(measure).toMatchObject({ stdout: 'code 0\n', stderr: '' });
    for (const order of ['llama+mistral', 'mistral+llama'])
      for (const direction of ['A-to-B', 'B-to-A'])
        expect(existsSync(join(out, order, `interactive/ridge.${direction}.json`))).toBe(true);
    const other = scratch();
    await interbrain(['run', writeStudy(other, FEW), ...SHORT], other);
    const judge = await shell(
      `$INTERBRAIN judge runs/small --rule | head -0; echo "code \${PIPESTATUS[0]}"`,
      other,
    );
    expect(judge).toMatchObject({ stdout: 'code 0\n', stderr: '' });
    expect(existsSync(join(other, 'runs/small/evaluation'))).toBe(true);
  });

  it('ends a command that only prints, quietly', async () => {
    const { stdout, stderr } = await shell(
      '$INTERBRAIN schema | head -1; echo "code $' + '{PIPESTATUS[0]}"',
      folder,
    );
    expect({ stdout, stderr }).toEqual({ stdout: '{\ncode 0\n', stderr: '' });
  });
});

const pseudoTerminals = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

/** What a terminal is sent. `script` (util-linux) makes the terminal. */
async function onTerminal(settings: string, command: string, cwd: string): Promise<string> {
  const { code, stdout } = await shell(`script -qfec '${settings} ${command}' /dev/null`, cwd);
  expect(code).toBe(0);
  return stdout;
}

// Without util-linux's script there is no pseudo-terminal; the same is tested with made-up terminals in src/cli.
describe.skipIf(!pseudoTerminals)('on a terminal', () => {
  /** Lines as they stand at the end. */
  const lasting = (text: string) =>
    text.split('\r\n').map((line) => line.split('\r').at(-1)?.replace('\u001b[2K', ''));
  const LASTING = [
    expect.stringMatching(/^episodes 4\/4 · \d+ s · [\d.]+(\/s| s each)$/),
    expect.stringMatching(/^layer pairs 144\/144 · \d+ s · [\d.]+(\/s| s each)$/),
    expect.stringMatching(/^2 stages · run \d+ s$/),
  ];

  it.each([0, 12, 120])('of %i columns rewrites one line that fits', async (columns) => {
    const other = scratch();
    const command = `$INTERBRAIN run ${writeStudy(other, FEW)} ${SHORT.join(' ')}`;
    const text = await onTerminal(`stty cols ${columns};`, command, other);
    expect(lasting(text).slice(2, 5)).toEqual(LASTING);
    const rewritten = text.split('\r\u001b[2K').map((line) => line.split('\r\n')[0] ?? '');
    const shown = rewritten.filter((line) => line.startsWith('stage '));
    expect(Math.max(...shown.map(({ length }) => length), 0)).toBeLessThan(columns || 80);
    if (columns === 120) expect(shown.join('\n')).toMatch(/^stage 1 of 2 · episodes \d\/4.* · run \d+ s$/m);
  });

  it('that is dumb gets no escape codes', async () => {
    const other = scratch();
    const command = `$INTERBRAIN run ${writeStudy(other, FEW)} ${SHORT.join(' ')}`;
    const text = await onTerminal('TERM=dumb', command, other);
    expect(text).not.toContain('\u001b');
    expect(lasting(text).slice(2, 5)).toEqual(LASTING);
  });

  it('gets no colours, with NO_COLOR or without', async () => {
    const status = (settings: string) => onTerminal(settings, `$INTERBRAIN status ${study}`, folder);
    const plain = await status('NO_COLOR=1');
    expect(plain).toContain('8/8 episodes');
    expect(plain).not.toContain('\u001b');
    expect(await status('FORCE_COLOR=1')).toBe(plain);
  });
});

it.each([
  ['--split-seeds', '0,1,1', '1 stands twice'],
  ['--lambda', 'cv,0.1,cv', 'cv stands twice'],
])('measure takes no value of %s twice', async (option, list, message) => {
  const { code, stderr } = await interbrain(['measure', '.', option, list], scratch());
  expect(stderr).toContain(message);
  expect(stderr).toContain(option);
  expect(code).toBe(2);
});
