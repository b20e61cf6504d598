import { expect, it } from 'vitest';
import type { TaskState } from '../studies/stage.ts';
import type { StageStatus } from '../studies/state.ts';
import { statusSchema } from './documents.ts';
import { type StatusInput, statusDocument, statusLines } from './status-text.ts';

const AB = { names: ['a', 'b'] as const, folder: 'a+b' };
const BA = { names: ['b', 'a'] as const, folder: 'b+a' };

const stage = (name: string, states: readonly TaskState[], order?: typeof AB | typeof BA): StageStatus => ({
  stage: name,
  results: name,
  tasks: states.map((state, i) => ({
    task: { scope: [], label: `${name} ${i}`, ...(order && { order }) },
    state,
    // A failed judgement is kept as it is.
    ...(state === 'failed' && { message: 'no answer', kept: name === 'judgements' }),
  })),
});

const both = (...stages: readonly StageStatus[]): StageStatus => {
  const [first = stage('', []), ...rest] = stages;
  return { ...first, tasks: [first, ...rest].flatMap(({ tasks }) => tasks) };
};

const INPUT: StatusInput = {
  study: 'small',
  run: 'runs/small',
  orders: [AB, BA],
  stages: [
    both(stage('episodes', ['current', 'current'], AB), stage('episodes', ['current', 'missing'], BA)),
    both(stage('measures', ['stale', 'stale'], AB), stage('measures', ['missing', 'current'], BA)),
    both(stage('judgements', ['current', 'failed'], AB), stage('judgements', ['current', 'stale'], BA)),
    stage('correlation', ['missing']),
  ],
  toDownload: new Map([['a', 'org/a']]),
  workers: [],
  report: undefined,
  again: 'interbrain run study.yaml',
};

it('counts what may be shown, by seat order, and names what is stale or has failed', () => {
  expect(statusLines(INPUT)).toEqual([
    'small in runs/small',
    '  a: org/a is not downloaded; run downloads it',
    '  a → b: 2/2 episodes, 0/2 measures (2 stale), 1/2 judgements (1 failed)',
    '  b → a: 1/2 episodes, 1/2 measures, 1/2 judgements (1 stale)',
    '  all models: 0/1 correlation',
    '  no report yet',
    'Failed:',
    '  judgements 1: no answer',
    'Try failed judgements again with: interbrain judge runs/small --retry-failed',
    'Go on with: interbrain run study.yaml',
  ]);
});

it('has a document of the same', () => {
  const document = statusDocument(INPUT);
  expect(statusSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  expect(
    document.stages.map(({ current, stale, missing, failed, total }) => [
      current,
      stale,
      missing,
      failed,
      total,
    ]),
  ).toEqual([
    [3, 0, 1, 0, 4],
    [1, 2, 1, 0, 4],
    [2, 1, 0, 1, 4],
    [0, 0, 1, 0, 1],
  ]);
  expect(document).toMatchObject({
    report: null,
    toDownload: { a: 'org/a' },
    next: ['interbrain judge runs/small --retry-failed', 'interbrain run study.yaml'],
  });
  expect(document.stages[2]?.tasks[1]).toEqual({
    label: 'judgements 1',
    state: 'failed',
    message: 'no answer',
  });
});

it.each<[string, StageStatus, string | undefined, readonly string[]]>([
  ['all is there', stage('measures', ['current']), 'index.html', []],
  ['the report alone is missing', stage('measures', ['current']), undefined, ['run']],
  ['a measure has failed', stage('measures', ['failed']), 'index.html', ['run']],
  // `run` leaves a failed judgement as it is.
  ['a judgement has failed', stage('judgements', ['failed']), 'index.html', ['judge']],
])('says what to do when %s', (_, one, report, commands) => {
  const { next } = statusDocument({ ...INPUT, stages: [one], report });
  expect(next.map((command) => command.split(' ')[1])).toEqual(commands);
  const lines = statusLines({ ...INPUT, stages: [one], report });
  for (const command of next) expect(lines.join('\n')).toContain(command);
});

it('tells a reason once, and counts kinds of results by themselves', () => {
  const failed = stage('tests', ['failed', 'failed', 'failed']);
  expect(statusLines({ ...INPUT, stages: [failed] })).toContain('  tests 0 and 2 more: no answer');
  const readings = stage('readings', ['current', 'missing'], AB);
  const kinds = ['passive', 'passive-same-format'];
  const tasks = readings.tasks.map((one, i) => ({ ...one, task: { ...one.task, kind: kinds[i] ?? '' } }));
  expect(statusLines({ ...INPUT, stages: [{ ...readings, tasks }] })).toContain(
    '  a → b: 1/1 passive readings, 0/1 passive-same-format readings',
  );
});

it('says which worker makes what, and of whom nothing is heard', () => {
  const tenant = {
    worker: 'gpu1:42',
    job: 'measure-1',
    stage: 'measure',
    what: 'a+b A->B interactive and 1 more',
  };
  const since = '2026-01-02T03:04:05.000Z';
  const workers = [
    { folder: 'f', tenant: { ...tenant, tasks: 2, since, beat: 3 }, silent: 4 },
    { folder: 'g', tenant: { ...tenant, worker: 'gpu2:7', tasks: 2, since, beat: 3 }, silent: 95 },
  ];
  const lines = statusLines({ ...INPUT, workers });
  expect(lines.slice(lines.indexOf('Workers:'), lines.indexOf('Failed:'))).toEqual([
    'Workers:',
    '  gpu1:42: measure, a+b A->B interactive and 1 more (since 2026-01-02T03:04:05.000Z)',
    '  gpu2:7: measure, a+b A->B interactive and 1 more (since 2026-01-02T03:04:05.000Z; not heard of for 1 min 35 s)',
  ]);
  expect(statusSchema.parse(statusDocument({ ...INPUT, workers })).workers[1]).toEqual({
    ...{ worker: 'gpu2:7', stage: 'measure', what: tenant.what, tasks: 2, since, silentSeconds: 95 },
  });
});
