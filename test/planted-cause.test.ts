// Planted truth of interventions: which layer and which direction decide is known, and has to be found; what is correlated
// with it and does nothing must not be.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Intervention } from '../src/models/intervention.ts';
import type { LanguageModel } from '../src/models/language-model.ts';
import { loadOnnxModel } from '../src/models/onnx/model.ts';
import type { OnEvent } from '../src/studies/events.ts';
import type { OrderEffects } from '../src/studies/intervention-files.ts';
import { openStudy } from '../src/studies/open.ts';
import { runStudy } from '../src/studies/run-study.ts';
import { EFFECTS } from '../src/studies/stages/effects.ts';
import { INTERVENTIONS } from '../src/studies/stages/interventions.ts';
import { ACTING_LAYER, LISTENER, NO, plantModel, SHARPNESS, SPEAKER, YES } from './planted-cause.ts';
import { resultsOf } from './run-stage.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cause-'));
  await plantModel(join(folder, 'speaker'), SPEAKER);
  await plantModel(join(folder, 'listener'), LISTENER);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the planted model', () => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await loadOnnxModel(join(folder, 'speaker'), { worker: false });
  });
  afterAll(() => model.dispose());

  const D = 16;
  const prompt = () => model.tokenize([{ role: 'user', content: 'well yes no yes' }]);
  const odds = (logits: Float32Array | undefined) => logits![YES]! - logits![NO]!;
  const step = (layer: number, dimension: number, size: number): Intervention => ({
    tokens: 'prompt',
    layers: [{ layer, add: Float32Array.from({ length: D }, (_, d) => (d === dimension ? size : 0)) }],
  });

  it('says yes by what acts, from its layer on, at the dose that the weights say', async () => {
    const { states, logits } = await model.converse().read(prompt());
    const last = Float64Array.from(states.subarray(3 * D));
    const expected = (size: number) => {
      const moved = last.map((value, d) => value + (d === SPEAKER.acting ? size : 0));
      const rms = Math.sqrt(moved.reduce((sum, value) => sum + value * value, 0) / D + 1e-6);
      return (2 * SHARPNESS * moved[SPEAKER.acting]!) / rms;
    };
    expect(odds(logits)).toBeCloseTo(expected(0), 4);
    expect(odds(logits)).toBeGreaterThan(0.5);
    for (const size of [-3, -1, 0.5, 2])
      for (const layer of [ACTING_LAYER, ACTING_LAYER + 1]) {
        const moved = await model.converse().read(prompt(), step(layer, SPEAKER.acting, size));
        expect(odds(moved.logits)).toBeCloseTo(expected(size), 4);
      }
  });

  it('does not say otherwise by what is idle', async () => {
    const { logits } = await model.converse().read(prompt());
    for (const layer of [0, 1, 2, 3])
      for (const size of [-0.5, 0.5]) {
        const moved = await model.converse().read(prompt(), step(layer, SPEAKER.idle, size));
        // The norm before the head shrinks a little when anything grows.
        expect(Math.abs(odds(moved.logits) / odds(logits) - 1)).toBeLessThan(0.05);
      }
  });
});

/** Runs a study of the planted models in this folder. */
async function runPlanted(name: string, interactions: number, interventions: string, on: OnEvent = () => {}) {
  const file = join(folder, `${name}.yaml`);
  await writeFile(
    file,
    `name: ${name}
models: { speaker: { path: speaker }, listener: { path: listener } }
pairs: [[speaker, listener]]
prompts: { style: transcript, wording: words.yaml }
simulation: { seeds: [0, 1], rounds: 4, temperature: 1, maxNewTokens: 3, interactions: ${interactions} }
synchrony: { samples: all, lambda: 0.1, intervals: false }
interventions: ${interventions}
`,
  );
  const opened = await openStudy(file, join(folder, 'runs'), { purpose: 'run' });
  await runStudy(opened, { on });
  return opened;
}

describe('a study of planted models', () => {
  let effects: OrderEffects;
  beforeAll(async () => {
    const wording = (await readFile(join(import.meta.dirname, '../prompts/transcript.yaml'), 'utf8')).replace(
      /^ {2}stale: .*\n/m,
      '',
    );
    await writeFile(join(folder, 'words.yaml'), wording);
    const opened = await runPlanted(
      'planted',
      30,
      '{ layers: [1, 2], kinds: [other-seed, remove, steer], directions: [1], strengths: [4], episodes: 16, draws: 300 }',
    );
    const all = await resultsOf(EFFECTS, opened);
    expect(all).toHaveLength(2);
    effects = all[0]!;
    expect(await resultsOf(INTERVENTIONS, opened)).toHaveLength(32);
  }, 600_000);

  const effect = (layer: number, kind: string, dose: number | null, measure: string) =>
    effects.effects.find(
      (one) => one.layer === layer && one.kind === kind && one.dose === dose && one.measure === measure,
    )!;

  it('repeats an episode that nothing is done to, and predicts from every layer', () => {
    expect(effects.playedOn).toBe(16);
    expect(effects.repeated).toBe(16);
    for (const { r2 } of effects.layers) expect(r2).toBeGreaterThan(0.2);
  });

  it('finds the layers in which something decides, and not those that are correlated alone', () => {
    const rows = [1, 2].map((layer) => ({
      layer,
      remove: effect(layer, 'remove', 1, 'speaker').mean.value,
      steer: effect(layer, 'steer', 4, 'speaker').mean.value,
      swap: effect(layer, 'other-seed', null, 'speaker').mean.value,
      // A long random step may hit what ends a line, so it is the removal that is tested.
      q: effect(layer, 'remove', 1, 'speaker').contrasts.find(({ control }) => control === 'random')!.q!,
    }));
    console.table(rows);
    for (const { layer, remove, steer, swap, q } of rows)
      if (layer < ACTING_LAYER) {
        for (const none of [remove, steer, swap]) expect(none).toBeLessThan(1e-3);
      } else {
        expect(Math.min(remove, steer, swap)).toBeGreaterThan(0.02);
        expect(q).toBeLessThan(0.05);
      }
  });

  it('finds that the listener moves where the map says, where it does', () => {
    const slope = (layer: number, control: string | null) =>
      effects.follows.find((one) => one.layer === layer && one.kind === 'steer' && one.control === control)!;
    expect(Math.abs(slope(1, null).slope.value)).toBeLessThan(0.01);
    expect(slope(2, null).slope.low).toBeGreaterThan(0.05);
    expect(slope(2, null).p).toBeLessThan(0.01);
  });

  it('finds that the map’s direction does more than a random one', () => {
    for (const measure of ['speaker', 'words']) {
      const steered = effect(2, 'steer', 4, measure);
      const random = steered.controls.find(({ control }) => control === 'random')!;
      expect(steered.mean.value).toBeGreaterThan(random.value);
    }
  });

  it('finds that nothing reaches the listener but words', () => {
    const { sameWords, otherWords } = effects.mediation;
    expect(sameWords.arms).toBeGreaterThan(50);
    expect(sameWords.most).toBe(0);
    expect(otherWords.mean).toBeGreaterThan(0.01);
  });

  it('plays on no further than is asked for, and to the same lines', async () => {
    const counted: number[] = [];
    const played = async (name: string, later: string) => {
      const settings = `{ layers: [2], kinds: [remove], directions: [1]${later}, episodes: 8 }`;
      counted.length = 0;
      const opened = await runPlanted(name, 8, settings, (event) => {
        if (event.type === 'progress' && event.stage === 'interventions') counted.push(event.done);
      });
      return (await resultsOf(INTERVENTIONS, opened)).map(({ rounds: [round], sites: [site] }) => ({
        ...{ repeated: round?.repeated, listener: site?.arms.map(({ listener }) => listener) },
        lines: [round, ...(site?.told ?? [])].map((one) => one?.lines ?? []),
      }));
    };
    const [all, one, none] = [
      await played('all', ''),
      await played('one', ', laterRounds: 1'),
      await played('none', ', laterRounds: 0'),
    ];
    const cut = (turns: number) =>
      all.map((episode) => ({ ...episode, lines: episode.lines.map((lines) => lines.slice(0, turns)) }));
    expect(all.flatMap(({ lines }) => lines.map(({ length }) => length))).toContain(6);
    expect(one).toEqual(cut(4));
    expect(none).toEqual(cut(2));
    // Of 16 episodes the untouched continuation and four arms.
    expect(counted).toEqual(counted.toSorted((a, b) => a - b));
    expect(counted.at(-1)).toBe(16 * 5);
    expect(new Set(counted).size).toBeGreaterThan(40);
  });
});
