// A report on disk: it shows current results alone, at any time, and takes the place of the old one when it is whole.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { plainText } from '../../test/read-tables.ts';
import { studyOf } from '../../test/run-stage.ts';
import { BadInput } from '../errors.ts';
import { createScriptedModel } from '../models/scripted/model.ts';
import { createRandom } from '../numerics/random.ts';
import { partialName } from '../recordings/atomic-file.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { smallWorld } from '../scenarios/world.ts';
import type { OpenStudy } from '../studies/open.ts';
import { runStudy } from '../studies/run-study.ts';
import { writeReport } from './write.ts';

/** How many files there is room for; without a limit by default. */
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }));
vi.mock(import('../recordings/atomic-file.ts'), async (importOriginal) => {
  const real = await importOriginal();
  return {
    ...real,
    writeFlushed: async (...args: Parameters<typeof real.writeFlushed>) => {
      if (disk.room-- > 0) return real.writeFlushed(...args);
      disk.room = Number.POSITIVE_INFINITY;
      throw new Error('ENOSPC: no space left on device');
    },
  };
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'written-'));
});
afterAll(() => rm(folder, { recursive: true }));

const talker = (id: string) =>
  createScriptedModel({
    ...{ id, layers: 2, hiddenSize: 4 },
    replies: (prompt, { seed }) => `I say ${createRandom(`${id}/${seed}/${prompt.length}`).integer(90)}.`,
  });
const models = new Map([
  ['a', talker('a')],
  ['b', talker('b')],
]);

/** A study of two scripted models, of eight interactions in three rounds. */
function study(name: string, lambda: number): OpenStudy {
  const world = smallWorld();
  const encounters = encountersOf(world).filter((_, index) => index % 24 === 0);
  const given = {
    simulation: { seeds: [0], rounds: 3 },
    synchrony: { samples: 'all', splitSeeds: [0, 1], intervals: false, lambda },
    ...{ pairs: [['a', 'b']], judge: 'rule', sensitivity: { sampleSizes: false, textBaseline: false } },
  };
  const scenarios = { ...world, interactions: encounters.map(({ interaction }) => interaction) };
  const opened = studyOf(join(folder, name), ['a', 'b'], given, { encounters, scenarios });
  return opened.with({ source: { file: 'study.yaml', text: 'name: test\n' } });
}

const run = (opened: OpenStudy, stages?: readonly string[]) =>
  runStudy(opened, { models, ...(stages && { stages }) });

/** The page's text without its style. */
async function pageOf({ run: at }: OpenStudy): Promise<string> {
  await writeReport(at);
  const page = await readFile(join(at, 'report/index.html'), 'utf8');
  return plainText(page.replace(/<style>[\s\S]*<\/style>/, ''));
}

/** A section's text. */
const sectionOf = (page: string, title: string, next: string) =>
  page.slice(page.lastIndexOf(title)).split(next)[0] ?? '';

describe('results of other settings', () => {
  it('are never shown: with another λ, before and after it is measured', async () => {
    const first = study('lambda', 5);
    expect(await run(first)).toMatchObject({ outcome: 'done' });
    const before = await pageOf(first);
    expect(before).not.toContain('What is not shown');
    expect(before).toContain('λ = 5');
    expect(before).toContain('How much depends on choices');

    // Measured again with another λ; then stopped. Sensitivity is still that of the first.
    const second = study('lambda', 0.5);
    await run(second, ['episodes', 'measure']);
    const between = await pageOf(second);
    expect(between).not.toContain('λ = 5');
    expect(between).toContain('λ = 0.5');
    expect(sectionOf(between, 'What is not shown', 'interbrain run')).toContain(
      'sensitivity parts: 16 made with other settings or of other episodes, of 16',
    );
    expect(between).not.toContain('Mean of all target layers');

    await run(second);
    const after = await pageOf(second);
    expect(after).not.toContain('What is not shown');
    expect(after).toContain('Mean of all target layers');
    expect(after).not.toContain('λ = 5');
  });

  it('nor is what was measured of episodes that are played anew', async () => {
    const opened = study('episodes', 1);
    await run(opened);
    const [file = ''] = await readdir(join(opened.run, 'episodes/a+b/0'));
    await rm(join(opened.run, 'episodes/a+b/0', file));
    const page = await pageOf(opened);
    const missing = sectionOf(page, 'What is not shown', 'interbrain run');
    expect(missing).toMatch(/episodes: 1 missing, of \d+/);
    expect(missing).toMatch(/judgements: 1 (missing|made with other settings or of other episodes), of/);
    expect(missing).toContain('measures: 2 made with other settings or of other episodes, of 4');
    expect(page).toContain('a × b–');
  });
});

describe('at any time', () => {
  it('a run of which nothing is done has a report', async () => {
    const opened = study('nothing', 1);
    await run(opened, []);
    const { summary, page, damaged } = await writeReport(opened.run);
    expect(damaged).toEqual([]);
    expect(page).toBe(join(opened.run, 'report/index.html'));
    expect(summary).toEqual({
      measures: [],
      pairs: [],
      networks: [],
      probes: [],
      talk: [],
      correlation: undefined,
      judgements: [],
      toys: true,
    });
    expect(await pageOf(opened)).toContain('Nothing is measured yet.');
  });

  it('names results that are damaged, whichever of their files is, and shows the others', async () => {
    const opened = study('damaged', 1);
    await run(opened);
    const stem = join(opened.run, 'synchrony/a+b/interactive/ridge');
    await truncate(`${stem}.A-to-B.safetensors`, 200);
    await truncate(`${stem}.B-to-A.json`, 200);
    const { damaged } = await writeReport(opened.run);
    expect(damaged.map((message) => message.split(': ')[0])).toEqual([
      `${stem}.A-to-B.safetensors`,
      `${stem}.B-to-A.json`,
    ]);
    expect(await pageOf(opened)).toMatch(/measures: 2 missing, of 4/);
  });

  it('takes over pictures whose figure is the same, and draws the others', async () => {
    const opened = study('pictures', 1);
    await run(opened);
    await writeReport(opened.run);
    const figures = join(opened.run, 'report/figures');
    const stems = (await readdir(figures))
      .filter((name) => name.endsWith('.svg'))
      .map((name) => name.slice(0, -4));
    const [same, changed, ...others] = stems;
    expect(others.length).toBeGreaterThan(0);
    const before = await Promise.all(stems.map((stem) => readFile(join(figures, `${stem}.png`))));
    // What is taken over bears a mark; what was drawn of another SVG does not.
    for (const stem of [same, changed]) await writeFile(join(figures, `${stem}.png`), 'marked');
    await writeFile(join(figures, `${changed}.svg`), '<svg/>');
    await writeReport(opened.run);
    const after = await Promise.all(stems.map((stem) => readFile(join(figures, `${stem}.png`))));
    expect(after[0]?.toString()).toBe('marked');
    expect(after.slice(1)).toEqual(before.slice(1));
  });

  it('sums up what there is', async () => {
    const opened = study('summary', 1);
    await run(opened);
    const { summary } = await writeReport(opened.run);
    expect(summary.measures.map(({ sourceModel, direction }) => `${sourceModel} ${direction}`)).toEqual([
      'a A->B',
      'b B->A',
      'b A->B',
      'a B->A',
    ]);
    expect(summary.pairs).toMatchObject([{ models: ['a', 'b'], condition: 'interactive' }]);
    expect(summary.judgements).toHaveLength(2 * opened.encounters.length);
    // Scripted models are toys as well.
    expect(summary.toys).toBe(true);
  });

  it('a folder that holds no run has none', async () => {
    await expect(writeReport(join(folder, 'nowhere'))).rejects.toThrow(BadInput);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });
});

describe('the folder', () => {
  let opened: OpenStudy;
  const report = () => join(opened.run, 'report');
  beforeAll(async () => {
    opened = study('folder', 1);
    await run(opened, ['episodes', 'measure']);
    await writeReport(opened.run);
  });

  it('is replaced as a whole: nothing stays of the old one, and nothing lies beside it', async () => {
    await writeFile(join(report(), 'figures/of-a-model-that-is-gone.svg'), 'old');
    await writeReport(opened.run);
    expect(await readdir(join(report(), 'figures'))).not.toContain('of-a-model-that-is-gone.svg');
    expect((await readdir(opened.run)).filter((name) => name.startsWith('report'))).toEqual(['report']);
  });

  it('stays as it was if the new one cannot be written', async () => {
    await writeFile(join(report(), 'mark'), 'still here');
    disk.room = 5;
    await expect(writeReport(opened.run)).rejects.toThrow(
      /report: cannot be written: ENOSPC: no space left on device; the report that was there before is not lost/,
    );
    expect(await readFile(join(report(), 'mark'), 'utf8')).toBe('still here');
    expect((await readdir(opened.run)).filter((name) => name.startsWith('report'))).toEqual(['report']);
  });

  it('comes back if a process was killed while it stepped aside', async () => {
    await writeFile(join(report(), 'mark'), 'still here');
    await rename(report(), `${report()}.old`);
    const dead = join(opened.run, partialName('report', { pid: 2 ** 22 + 1, start: 'long ago' }));
    await mkdir(join(dead, 'figures'), { recursive: true });
    disk.room = 5;
    await expect(writeReport(opened.run)).rejects.toThrow('ENOSPC');
    expect(await readFile(join(report(), 'mark'), 'utf8')).toBe('still here');
    expect(existsSync(dead)).toBe(false);
  });

  it('of two that are there the new one stays', async () => {
    await writeReport(opened.run);
    await mkdir(`${report()}.old/figures`, { recursive: true });
    await writeReport(opened.run);
    expect((await readdir(opened.run)).filter((name) => name.startsWith('report'))).toEqual(['report']);
    expect(existsSync(join(report(), 'index.html'))).toBe(true);
  });
});
