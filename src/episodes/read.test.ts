// A finished episode, read by the two embedded models in either seat.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { embeddedModelFolder, embeddedPrompts } from '../models/embedded.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { loadOnnxModel } from '../models/onnx/model.ts';
import { createScriptedModel } from '../models/scripted/model.ts';
import { PASSIVE_FORMATS } from '../prompts/styles/style.ts';
import { viewOf } from '../prompts/view.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { smallWorld } from '../scenarios/world.ts';
import { type PlayedEpisode, playEpisode } from './play.ts';
import { readAlong } from './read.ts';

const encounter = encountersOf(smallWorld())[7]!;
const words = embeddedPrompts();
let llama: LanguageModel;
let played: PlayedEpisode;
beforeAll(async () => {
  llama = await loadOnnxModel(embeddedModelFolder('toy-llama', 'test'));
  const settings = { rounds: 4, temperature: 0.7, maxNewTokens: 40 };
  const models = { A: llama, B: llama };
  const prompts = { A: words, B: words };
  played = await playEpisode({ encounter, models, prompts, names: ['a', 'b'], seed: 1, settings });
});
afterAll(() => llama.dispose());

it.each(
  PASSIVE_FORMATS,
)('%s: a state for every turn, as a fresh reading gives it, and generates nothing', async (format) => {
  const before = JSON.stringify(played.episode);
  for (const seat of ['A', 'B'] as const) {
    let replies = 0;
    const silent: LanguageModel = {
      ...llama,
      get info() {
        return llama.info;
      },
      tokenize: (messages) => llama.tokenize(messages),
      render: (messages) => llama.render(messages),
      converse: () => {
        const conversation = llama.converse();
        return {
          read: (prompt) => conversation.read(prompt),
          reply: (prompt, sampling) => {
            replies++;
            return conversation.reply(prompt, sampling);
          },
          close: () => conversation.close(),
        };
      },
    };
    const { turns } = played.episode;
    const { states, prompts } = await readAlong({
      encounter,
      episode: { turns },
      seat,
      model: silent,
      format,
      prompts: words,
    });
    expect(replies).toBe(0);
    const own = turns.flatMap((turn, i) => (turn.seat === seat ? [i] : []));
    expect(prompts.map(({ turn }) => turn)).toEqual(own);
    expect(states).toMatchObject({ layers: 6, rounds: own.length, hiddenSize: 128 });
    // Only what is new is read; a reader's next prompt begins with its last one.
    for (const { tokens, reusedTokens } of prompts.slice(1)) expect(reusedTokens).toBeGreaterThan(tokens / 2);
    const last = own.at(-1)!;
    const heard = turns.slice(0, last).map(({ speaker, text }) => ({ speaker, text }));
    const conversation = llama.converse();
    const fresh = await conversation.read(
      llama.tokenize(words.render(format, viewOf(encounter, seat), heard)),
    );
    conversation.close();
    for (let layer = 0; layer < 6; layer++) {
      const at = (layer * states.rounds + own.length - 1) * 128;
      const row = states.data.subarray(at, at + 128);
      const expected = fresh.states.subarray(layer * 128, (layer + 1) * 128);
      // In other pieces the same sums are rounded in another order.
      expect(Math.max(...row.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-3);
    }
    // It is not what the agent in that seat felt.
    const active = played.states[seat];
    expect(Math.max(...states.data.map((value, i) => Math.abs(value - active.data[i]!)))).toBeGreaterThan(
      0.1,
    );
  }
  expect(JSON.stringify(played.episode)).toBe(before);
});

it('depends on what was said before a turn alone, and stops when told to', async () => {
  const model = createScriptedModel({ replies: ['x'], layers: 2, hiddenSize: 4 });
  const { turns } = played.episode;
  const read = (list: typeof turns, signal?: AbortSignal) =>
    readAlong({ encounter, episode: { turns: list }, seat: 'B', model, format: 'passive', signal });
  const whole = await read(turns);
  const last = turns.findLastIndex(({ seat }) => seat === 'B');
  const other = turns.map((turn, i) => (i === last ? { ...turn, text: 'Something else.' } : turn));
  expect(await read(other)).toEqual(whole);
  const earlier = turns.map((turn, i) => (i === 0 ? { ...turn, text: 'Something else.' } : turn));
  expect(await read(earlier)).not.toEqual(whole);
  expect((await read(turns.slice(0, 1))).states.rounds).toBe(0);
  await expect(read(turns, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});
