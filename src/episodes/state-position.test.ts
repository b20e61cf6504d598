// States at other places of the prompt, with an embedded model, against readings of every beginning of the prompt one by one.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedModelFolder, embeddedPrompts } from '../models/embedded.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { loadOnnxModel } from '../models/onnx/model.ts';
import type { Utterance } from '../prompts/dialogue.ts';
import { viewOf } from '../prompts/view.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { smallWorld } from '../scenarios/world.ts';
import { type PlayedEpisode, playEpisode } from './play.ts';
import { readAlong } from './read.ts';
import { turnsWithout, utteranceTokens } from './state-position.ts';

const encounter = encountersOf(smallWorld())[7]!;
const words = embeddedPrompts();
const settings = { rounds: 3, temperature: 0.7, maxNewTokens: 30 };
let llama: LanguageModel;
let usual: PlayedEpisode;
beforeAll(async () => {
  llama = await loadOnnxModel(embeddedModelFolder('toy-llama', 'test'));
  usual = await play();
}, 120_000);
afterAll(() => llama.dispose());

function play(position?: 'mean-of-heard' | 'mean-of-own'): Promise<PlayedEpisode> {
  const models = { A: llama, B: llama };
  const prompts = { A: words, B: words };
  return playEpisode({ encounter, models, prompts, names: ['a', 'b'], seed: 1, settings, position });
}

const withoutReuse = ({ episode: { turns, ...head } }: PlayedEpisode) => ({
  ...head,
  turns: turns.map(({ reusedTokens: _, ...turn }) => turn),
});

/** What a seat was given before a turn, and what was said by then. */
function partsOf(turn: number) {
  const { turns } = usual.episode;
  const { seat } = turns[turn]!;
  const dialogue = turns.slice(0, turn).map(({ speaker, text }) => ({ speaker, text }));
  const render = (said: readonly Utterance[]) => words.render('agent', viewOf(encounter, seat), said);
  return { seat, dialogue, render, prompt: llama.tokenize(render(dialogue)) };
}

async function meanOneByOne(turn: number, index: number): Promise<number[]> {
  const parts = partsOf(turn);
  const { from, to } = utteranceTokens(llama, parts, index);
  const sum = new Array<number>(6 * 128).fill(0);
  for (let end = from + 1; end <= to; end++) {
    const conversation = llama.converse();
    const { states } = await conversation.read(parts.prompt.slice(0, end));
    conversation.close();
    for (const [i, value] of states.entries()) sum[i]! += value / (to - from);
  }
  return sum;
}

it('an utterance’s tokens are those that change with it', () => {
  const last = usual.episode.turns.length - 1;
  const parts = partsOf(last);
  for (const [index, { text }] of parts.dialogue.entries()) {
    const { from, to } = utteranceTokens(llama, parts, index);
    const alone = llama.tokenizeContinuation(text).length;
    expect(to - from).toBeGreaterThanOrEqual(alone - 1);
    expect(to - from).toBeLessThanOrEqual(alone + 2);
    const before = index === 0 ? 0 : utteranceTokens(llama, parts, index - 1).to;
    expect(from).toBeGreaterThanOrEqual(before);
  }
});

describe.each([
  ['mean-of-heard', 1],
  ['mean-of-own', 2],
] as const)('%s', (position, back) => {
  it('says the same, and its states are the mean over the utterance; zeros where there is none', async () => {
    const played = await play(position);
    expect(withoutReuse(played)).toEqual(withoutReuse(usual));
    const without = turnsWithout(position);
    for (const [turn, { seat, round }] of played.episode.turns.entries()) {
      const { layers, rounds, hiddenSize, data } = played.states[seat];
      const stateAt = Array.from({ length: layers }, (_, layer) => {
        const at = (layer * rounds + round - 1) * hiddenSize;
        return [...data.subarray(at, at + hiddenSize)];
      }).flat();
      if (without.some((one) => one.seat === seat && one.round === round)) {
        expect(stateAt.every((value) => value === 0)).toBe(true);
        continue;
      }
      if (turn < 2 || turn > 3) continue;
      const expected = await meanOneByOne(turn, turn - back);
      // In other pieces the same sums are rounded in another order.
      for (const [i, value] of stateAt.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-3);
    }
  }, 120_000);

  it('a reader’s states are taken at the same place', async () => {
    const { turns } = usual.episode;
    const request = { encounter, episode: { turns }, seat: 'B', model: llama, prompts: words } as const;
    const { states } = await readAlong({ ...request, format: 'passive', position });
    const { states: last } = await readAlong({ ...request, format: 'passive' });
    expect(states).toMatchObject({ layers: 6, rounds: last.rounds, hiddenSize: 128 });
    const zeros = states.data.subarray(0, 128).every((value) => value === 0);
    expect(zeros).toBe(position === 'mean-of-own');
    expect(states.data.subarray(128, 256)).not.toEqual(last.data.subarray(128, 256));
  }, 120_000);
});
