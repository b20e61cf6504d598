// The words of a study: a style, a researcher's file with its mistakes, and what is made anew when they change.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { embeddedModelFolder, embeddedPrompts } from '../src/models/embedded.ts';
import { builtInFile, builtInPrompts } from '../src/prompts/prompts.ts';
import { StageContext } from '../src/studies/context.ts';
import { readManifest } from '../src/studies/manifest.ts';
import { type OpenStudy, openRun, openStudy } from '../src/studies/open.ts';
import { runStudy } from '../src/studies/run-study.ts';
import { EPISODES } from '../src/studies/stages/episodes.ts';
import { READINGS } from '../src/studies/stages/readings.ts';
import { currentResults } from '../src/studies/state.ts';

const folder = mkdtempSync(join(tmpdir(), 'study-prompts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const words = readFileSync(builtInFile('chat'), 'utf8');

beforeAll(() => {
  // A checkpoint of one's own: the same weights, and no words that come with them.
  cpSync(embeddedModelFolder('toy-llama-s', 'test'), join(folder, 'model'), { recursive: true });
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** A study of the own checkpoint, or of another model, under some prompts. */
function study(prompts: string, model = '{ path: model }', warnings: string[] = []): Promise<OpenStudy> {
  const file = write(
    'study.yaml',
    `name: words
models: { own: ${model} }
prompts: ${prompts}
conditions: [interactive, passive]
simulation: { seeds: [0], rounds: 2, maxNewTokens: 20, interactions: 20 }
synchrony: { samples: all, splitSeeds: [0], intervals: false }
`,
  );
  return openStudy(file, join(folder, 'runs')).then((opened) => {
    warnings.push(...opened.warnings);
    return opened;
  });
}

const counts = async (opened: OpenStudy) => {
  const context = new StageContext(opened);
  const [episodes, readings] = [
    await currentResults(EPISODES, context),
    await currentResults(READINGS, context),
  ];
  return { episodes: episodes.current.length, readings: readings.current.length };
};

it('plays in the words of a file, and plays again what other words decide', async () => {
  write('mine.yaml', words);
  const mine = await study('{ style: chat, wording: mine.yaml }');
  // The same words under another name are the same words.
  expect(mine.prompts.sha256).toBe(builtInPrompts('chat').sha256);
  await runStudy(mine, { stages: ['episodes', 'readings'] });
  expect(await counts(mine)).toEqual({ episodes: 20, readings: 20 });
  expect(await counts(await study('chat'))).toEqual({ episodes: 20, readings: 20 });
  expect(await counts(await study('transcript'))).toEqual({ episodes: 0, readings: 0 });
  // The reader's words change nothing that was said.
  write('mine.yaml', words.replace('You read it and take no part.', 'You only read it.'));
  expect(await counts(await study('{ style: chat, wording: mine.yaml }'))).toEqual({
    episodes: 20,
    readings: 0,
  });
  write('mine.yaml', words.replace('improvised play. Another', 'play. Another'));
  expect(await counts(await study('{ style: chat, wording: mine.yaml }'))).toEqual({
    episodes: 0,
    readings: 0,
  });
});

it('keeps words and hash in the manifest, and opens a run with them, whatever has become of the file', async () => {
  const manifest = await readManifest(join(folder, 'runs', 'words'));
  const { sha256 } = builtInPrompts('chat');
  expect(manifest.prompts).toMatchObject({ style: 'chat', wording: 'mine.yaml', sha256, own: {} });
  const opened = await openRun(join(folder, 'runs', 'words'));
  expect(opened.promptsOf('own').sha256).toBe(sha256);
  expect(await counts(opened)).toEqual({ episodes: 20, readings: 20 });
});

it('says so if the words of a manifest are none', async () => {
  const file = join(folder, 'runs', 'words', 'manifest.json');
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.replace('"marker": "LEAVE"', '"marker": "good bye"'));
  await expect(openRun(join(folder, 'runs', 'words'))).rejects.toThrow(
    /manifest\.json: prompts\.words\.leave\.marker: should be one word.*; delete it and run the study again/,
  );
  writeFileSync(file, whole);
});

it('lets the embedded models keep their words, and says so', async () => {
  const warnings: string[] = [];
  const opened = await study('transcript', '{ embedded: toy-llama-s }', warnings);
  expect(opened.promptsOf('own').sha256).toBe(embeddedPrompts().sha256);
  expect(warnings.join('\n')).toMatch(
    /study\.yaml:3:10 prompts: own keeps the words that the embedded models/,
  );
  warnings.length = 0;
  await study('chat', '{ embedded: toy-llama-s }', warnings);
  expect(warnings.join('\n')).not.toContain('keeps the words');
});

it('tells every mistake of a wording with its line, and of a study that names none', async () => {
  write(
    'wrong.yaml',
    words
      .replace('{self.profile|Nothing more is known.}', '{partner.secret|none}')
      .replace('  marker: LEAVE', '  marker: good bye')
      .replace('said: "{self.name}: {text}"', 'said: "nothing"'),
  );
  const told = await study('{ style: chat, wording: wrong.yaml }').catch((error: Error) => error.message);
  expect(told).toMatch(/wrong\.yaml:\d+:\d+ leave\.marker: should be one word, such as LEAVE or \[END\]/);
  expect(told).toMatch(
    /wrong\.yaml:\d+:\d+ agent\.system: no agent may know \{partner\.secret\}; fields are situation, /,
  );
  expect(told).toMatch(/wrong\.yaml:\d+:\d+ agent\.said: should have \{text\} once/);
  write('empty.yaml', '# nothing\n');
  await expect(study('{ style: chat, wording: empty.yaml }')).rejects.toThrow(
    /empty\.yaml: is empty; interbrain prompts chat prints a wording/,
  );
  write('broken.yaml', 'leave: { marker: LEAVE, from: 2 }\nagent: [\n');
  await expect(study('{ style: chat, wording: broken.yaml }')).rejects.toThrow(
    /broken\.yaml:\d+:\d+: is not YAML/,
  );
  await expect(study('{ style: chat, wording: none.yaml }')).rejects.toThrow(
    /none\.yaml: cannot be read: no such file or folder; name a wording/,
  );
  await expect(study('script')).rejects.toThrow(
    /study\.yaml:3:10 prompts: .*transcript, chat, or words of your own/,
  );
  await expect(study('{ style: chat }')).rejects.toThrow(/prompts/);
});
