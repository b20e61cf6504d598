// The turn loop over a scripted model: who speaks when, what is recorded, how it ends.

import { expect, it } from 'vitest';
import { embeddedPrompts } from '../models/embedded.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { createScriptedModel } from '../models/scripted/model.ts';
import { builtInPrompts, DEFAULT_STYLE } from '../prompts/prompts.ts';
import { viewOf } from '../prompts/view.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { smallWorld } from '../scenarios/world.ts';
import { playEpisode } from './play.ts';

const encounter = encountersOf(smallWorld())[0]!;
const settings = { temperature: 0.7, maxNewTokens: 40 };
const usual = builtInPrompts(DEFAULT_STYLE);
const trained = embeddedPrompts();
const play = (a: LanguageModel, b: LanguageModel, signal?: AbortSignal, words = trained, rounds = 3) =>
  playEpisode({
    encounter,
    models: { A: a, B: b },
    names: ['a', 'b'],
    prompts: { A: words, B: words },
    seed: 7,
    settings: { ...settings, rounds },
    ...(signal && { signal }),
  });

/** Says the lines in order, whoever else speaks. */
function saying(...lines: string[]): LanguageModel {
  let next = 0;
  return createScriptedModel({ replies: () => lines[next++ % lines.length]!, layers: 3, hiddenSize: 4 });
}

it('alternates for the rounds there are and records one state per utterance', async () => {
  const { episode, states } = await play(saying('One.', 'Two.', 'Three.'), saying('I left it.'));
  expect(episode.ending).toBe('rounds');
  expect(episode.turns.map(({ round, seat, text }) => `${round}${seat} ${text}`)).toEqual([
    '1A One.',
    '1B I left it.',
    '2A Two.',
    '2B I left it.',
    '3A Three.',
    '3B I left it.',
  ]);
  expect(states.A).toMatchObject({ layers: 3, rounds: 3, hiddenSize: 4 });
  expect(states.A.data).toHaveLength(36);
});

it('ends when an agent leaves; B then has a round less', async () => {
  const { episode, states } = await play(saying('Hello.', 'Goodbye. LEAVE'), saying('Hm.'));
  expect(episode.ending).toBe('A left');
  expect([states.A.rounds, states.B.rounds]).toEqual([2, 1]);
  const other = await play(saying('Hello.'), saying('Hm.', 'Leave!'));
  expect(other.episode.ending).toBe('B left');
  expect([other.states.A.rounds, other.states.B.rounds]).toEqual([2, 2]);
});

it('does not let an agent leave in the first round, and says that it wanted to', async () => {
  const { episode } = await play(saying('Hello. LEAVE', 'LEAVE'), saying('LEAVE', 'Hm.'), undefined, usual);
  expect(episode.ending).toBe('A left');
  expect(episode.turns.map(({ text, notes }) => [text, notes])).toEqual([
    ['Hello.', ['wanted to leave too early']],
    ['...', ['wanted to leave too early']],
    ['LEAVE', []],
  ]);
});

it('stacks states by layer: one layer of all rounds is contiguous', async () => {
  const model = saying('x');
  const { states, episode } = await play(model, saying('y'));
  const conversation = model.converse();
  const first = await conversation.read(model.tokenize(trained.render('agent', viewOf(encounter, 'A'), [])));
  for (let layer = 0; layer < 3; layer++) {
    const stacked = states.A.data.subarray(layer * 3 * 4, layer * 3 * 4 + 4);
    expect(stacked).toEqual(first.states.subarray(layer * 4, layer * 4 + 4));
  }
  expect(episode.turns[0]?.promptTokens).toBeGreaterThan(100);
});

it('notes silence, and a reply that would not end', async () => {
  const { episode } = await play(saying(''), saying('on and on '.repeat(30)));
  expect(episode.turns[0]).toMatchObject({ text: '...', notes: ['empty reply'] });
  expect(episode.turns[1]?.notes).toEqual(['cut at 40 tokens']);
});

it('is the same again, and another with another seed', async () => {
  const model = () =>
    createScriptedModel({ replies: ['One.', 'Two.', 'Three.', 'Four.', 'Five.'], layers: 2, hiddenSize: 3 });
  const [first, second] = [await play(model(), model()), await play(model(), model())];
  expect(second).toEqual(first);
  const texts = async (seed: number) => {
    const request = { encounter, models: { A: model(), B: model() }, names: ['a', 'b'] as const };
    return (await playEpisode({ ...request, settings: { ...settings, rounds: 3 }, seed })).episode.turns
      .map((turn) => turn.text)
      .join();
  };
  const all = await Promise.all([0, 1, 2, 3, 4, 5].map(texts));
  expect(new Set(all).size).toBeGreaterThan(1);
});

it('stops between utterances when asked to', async () => {
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await expect(play(saying('x'), saying('y'), controller.signal)).rejects.toThrow('enough');
});

it('lets an agent that says nothing new have left, from the third round on, and says so', async () => {
  const [a, b] = [
    saying('Hello.', 'It rains.', 'Is it?', 'Yes.'),
    saying('Hello.', 'It rains.', 'No.', 'is it'),
  ];
  const { episode } = await play(a, b, undefined, usual, 6);
  expect(episode.ending).toBe('B left');
  const noted = episode.turns.filter(({ notes }) => notes.length > 0);
  expect(noted.map(({ round, seat, notes }) => [round, seat, notes])).toEqual([
    [4, 'B', ['left, with nothing new to say']],
  ]);
});

it('lets agents that only echo each other have left with the second such line, from the second round on', async () => {
  const { episode } = await play(
    saying('Hello.', 'Hello!', 'What?'),
    saying('Hello.', 'hello'),
    undefined,
    usual,
    6,
  );
  expect(episode.ending).toBe('A left');
  expect(episode.turns.map(({ round, seat }) => `${seat}${round}`)).toEqual(['A1', 'B1', 'A2']);
});

it('plays on from any turn as the episode went on, with the states of what it plays', async () => {
  const models = (): { A: LanguageModel; B: LanguageModel } => {
    const one = (id: string) =>
      createScriptedModel({ id, replies: (prompt, { seed }) => `${id} ${seed} ${prompt.length}` });
    return { A: one('a'), B: one('b') };
  };
  const request = { encounter, names: ['a', 'b'] as const, seed: 7, settings: { ...settings, rounds: 3 } };
  const whole = await playEpisode({ ...request, models: models() });
  expect(whole.episode.turns).toHaveLength(6);
  for (const begin of [0, 1, 3, 4, 6]) {
    const begun = whole.episode.turns.slice(0, begin);
    const { episode, states, seen } = await playEpisode({
      ...{ ...request, begun, models: models() },
      looks: [
        { round: 2, seat: 'B' },
        { round: 9, seat: 'A' },
      ],
    });
    expect(episode.turns.map(({ text }) => text)).toEqual(whole.episode.turns.map(({ text }) => text));
    expect(episode.ending).toBe('rounds');
    for (const seat of ['A', 'B'] as const) {
      const played = episode.turns.slice(begin).filter((turn) => turn.seat === seat).length;
      expect(states[seat].rounds).toBe(played);
    }
    // The logits of the turn that was reached.
    expect(seen.map(({ round, seat, logits }) => [round, seat, logits.length])).toEqual(
      begin < 4 ? [[2, 'B', 256]] : [],
    );
  }
});
