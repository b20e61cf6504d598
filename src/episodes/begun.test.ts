// An episode that is played on from one of its turns again and again, in the same conversations, with an embedded model.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { embeddedModelFolder, embeddedPrompts } from '../models/embedded.ts';
import type { Intervention } from '../models/intervention.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { loadOnnxModel } from '../models/onnx/model.ts';
import { at } from '../numerics/lookup.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { smallWorld } from '../scenarios/world.ts';
import { type EpisodeRequest, type PlayedEpisode, playEpisode } from './play.ts';

let llama: LanguageModel;
let request: EpisodeRequest;
let usual: PlayedEpisode;
beforeAll(async () => {
  llama = await loadOnnxModel(embeddedModelFolder('toy-llama', 'test'));
  const [words, models] = [embeddedPrompts(), { A: llama, B: llama }];
  const settings = { rounds: 4, temperature: 0.7, maxNewTokens: 30 };
  const encounter = at(encountersOf(smallWorld()), 7);
  request = {
    ...{ encounter, models, settings, seed: 1 },
    ...{ prompts: { A: words, B: words }, names: ['a', 'b'] },
  };
  usual = await playEpisode(request);
}, 120_000);
afterAll(() => llama.dispose());

const texts = ({ episode }: PlayedEpisode) => episode.turns.map(({ text }) => text);

it.each([
  0, 1, 2, 3, 4,
])('goes on behind %i turns to the same numbers, whatever was played before', async (turns) => {
  expect(usual.episode.turns.length).toBeGreaterThan(5);
  const begun = usual.episode.turns.slice(0, turns);
  const conversations = { A: llama.converse(), B: llama.converse() };
  const [round, seat] = [Math.floor(turns / 2) + 1, turns % 2 === 0 ? 'A' : 'B'] as const;
  const play = (intervention?: Intervention) =>
    playEpisode({ ...request, begun, conversations, looks: [{ round, seat, intervention }] });
  const { layers, hiddenSize } = llama.info;
  const replace = Float32Array.from({ length: hiddenSize }, (_, d) => (d % 7) - 3);
  const change: Intervention = { tokens: 'onwards', layers: [{ layer: layers - 1, replace }] };
  try {
    const before = await play();
    expect(texts(before)).toEqual(texts(usual));
    const changed = await play(change);
    expect(changed.seen[0]?.logits).not.toEqual(before.seen[0]?.logits);
    expect(texts(changed)).not.toEqual(texts(usual));
    const after = await play();
    expect(after).toEqual(before);
    expect(await play(change)).toEqual(changed);
    // All but the last token of the next prompt has been read, of the other one what its agent has said to.
    const [next, other] = after.episode.turns.slice(turns);
    expect(next?.reusedTokens).toBe((next?.promptTokens ?? 0) - 1);
    if (turns > 1) expect(other?.reusedTokens).toBeGreaterThan(100);
  } finally {
    for (const conversation of Object.values(conversations)) conversation.close();
  }
});
