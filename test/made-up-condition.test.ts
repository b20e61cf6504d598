// A condition that nobody has: one row more in the table, and it is everywhere.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { INTERACTIVE, parseCondition } from '../src/conditions/condition.ts';
import { CONDITIONS } from '../src/conditions/table.ts';
import { synchronyPath } from '../src/recordings/layout.ts';
import { concludeFrom } from '../src/report/interaction/conclusions.ts';
import { conditions } from '../src/report/interaction/conditions-section.ts';
import { summariseTests } from '../src/report/interaction/significance.ts';
import { type OpenStudy, openStudy } from '../src/studies/open.ts';
import { parseStudy } from '../src/studies/parse.ts';
import { MEASURE } from '../src/studies/stages/measure.ts';
import { SIGNIFICANCE } from '../src/studies/stages/significance.ts';
import { readSynchrony } from '../src/synchrony/synchrony-files.ts';
import { PLANTED_PAIR, plantStudy } from './planted-study.ts';
import { resultsOf, runStage } from './run-stage.ts';
import { conditionsOfPair } from './sample-conditions.ts';

// The episode told backwards: the last round's target first. A round in the middle would keep its own.
vi.mock(import('../src/conditions/table.ts'), async (importOriginal) => {
  const { CONDITIONS: real } = await importOriginal();
  const { named } = await import('../src/conditions/kind.ts');
  const { momentWords } = await import('../src/conditions/words.ts');
  const reversed = named('reversed', {
    meaning: 'the speaker’s state, and the partner’s turn counted from the end',
    takes: 'the moment',
    selection: {
      version: 7,
      of: (_, aligned) =>
        aligned.flatMap((sample) => {
          const own = aligned.filter(({ source }) => source.recording === sample.source.recording);
          const other = own.toReversed()[own.indexOf(sample)];
          return !other || other === sample ? [] : [{ ...sample, target: other.target }];
        }),
      leftOut: 'the round in the middle stays where it is',
    },
    fewestPairs: 2,
    difference: momentWords('counted from the end (reversed)'),
  });
  return { CONDITIONS: [...real, reversed] };
});

const STUDY = 'name: x\nmodels: { m: { embedded: toy-llama } }\n';

let folder: string;
let options: OpenStudy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'made-up-'));
  const conditions = [INTERACTIVE, parseCondition('reversed')];
  const planted = { scenarios: 10, layers: 2, rounds: 4, strength: 1 };
  options = await plantStudy(folder, 'reversed', planted, { conditions });
  await runStage(MEASURE, options, { threads: 1 });
  await runStage(SIGNIFICANCE, options, { threads: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

it('the table has one row more', () => {
  expect(CONDITIONS.map(({ example }) => example).at(-1)).toBe('reversed');
});

it('a study file may name it, is told of it, and is told what it needs', async () => {
  const text = (conditions: string, rounds = 8) =>
    `${STUDY}conditions: [${conditions}]\nsimulation: { rounds: ${rounds} }\nsynchrony: { samples: all }\n`;
  const study = (conditions: string) => parseStudy(text(conditions), 'x.yaml');
  expect(study('interactive, reversed').conditions).toEqual(['interactive', 'reversed']);
  expect(() => study('backwards')).toThrow(/conditions are interactive, .*, seed-swap, reversed$/);
  const file = join(folder, 'x.yaml');
  const opened = async (conditions: string) => {
    await writeFile(file, text(conditions, 2));
    return openStudy(file, folder);
  };
  const needed =
    /x\.yaml:3:\d+ conditions\[\d\]: reversed has no two pairs of turns from B to A in 2 rounds; set simulation.rounds to 3/;
  const { warnings, conditions } = await opened('interactive, reversed');
  expect(warnings).toContainEqual(expect.stringMatching(needed));
  expect(conditions).toEqual(['interactive']);
  await expect(opened('reversed')).rejects.toThrow(needed);
});

it('the measure has a result under its name', async () => {
  const of = async (condition: string) =>
    (await readSynchrony(synchronyPath(options.run, PLANTED_PAIR, condition, 'A->B'))).result;
  const [reversed, interactive] = [await of('reversed'), await of('interactive')];
  expect(reversed.condition).toBe('reversed');
  expect(reversed).not.toHaveProperty('leftOut');
  expect(reversed.splits).toEqual(interactive.splits);
  expect(reversed.syncR2.value).toBeLessThan(interactive.syncR2.value);
  // Three pairs from B to A: the middle one is left out of every episode.
  const { result } = await readSynchrony(synchronyPath(options.run, PLANTED_PAIR, 'reversed', 'B->A'));
  const reason = 'the round in the middle stays where it is';
  expect(result.leftOut).toEqual({ samples: 40, episodes: 0, reason });
});

it('the tests compare it, and the words come from its row', async () => {
  const directions = await resultsOf(SIGNIFICANCE, options);
  const [pair] = summariseTests([{ models: PLANTED_PAIR, directions }], 0.05).pairs;
  expect(pair?.conditions.map(({ condition }) => condition)).toEqual(['interactive', 'reversed']);
  const { reasons, limits } = concludeFrom(pair?.conditions ?? [], 0.05);
  expect(reasons[1]).toMatch(
    /^The partner’s state is predicted worse counted from the end \(reversed\): .*; alignment in time matters\.$/,
  );
  expect(limits.join(' ')).not.toContain('Without a lag or shuffled rounds');
});

it('the report says what is paired in it and shows it beside the others', () => {
  const { data, shared } = conditionsOfPair([INTERACTIVE, parseCondition('reversed')]);
  expect(String(conditions.body(data, shared, new Map()))).toContain(
    '<dt>reversed</dt><dd>the speaker’s state, and the partner’s turn counted from the end</dd>',
  );
  const figures = new Map(conditions.figures?.(data, shared));
  expect(JSON.stringify(figures.get('conditions+pairs'))).toContain('"reversed"');
});
