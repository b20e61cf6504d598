import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embeddedModelFolder, embeddedPrompts } from '../models/embedded.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { labelProbabilities, logLikelihoods } from '../models/likelihood.ts';
import { createScriptedModel } from '../models/scripted/model.ts';
import { loadModel } from '../models/sources.ts';
import type { KnownUtterance } from '../prompts/dialogue.ts';
import { ACTIONS, EMOTIONS } from '../prompts/mental-states.ts';
import { viewOf } from '../prompts/view.ts';
import { encountersOf } from '../scenarios/encounters.ts';
import { smallWorld } from '../scenarios/world.ts';
import { nameStates, parseNamed } from './mental-state.ts';
import { playEpisode } from './play.ts';

const encounter = encountersOf(smallWorld())[0]!;
const NAME = 'Ann Lee';

const words = embeddedPrompts();
/** The text that agent A is given. */
const promptOf = (dialogue: readonly KnownUtterance[], role: 'agent' | 'mental-states' = 'mental-states') =>
  words.render(role, viewOf(encounter, 'A'), dialogue)[0]?.content ?? '';

describe('a reply is taken apart', () => {
  it.each([
    ['Joy. Directive. Come in!', 'joy', 'directive', 'Come in!'],
    ['joy, directive: come in', 'joy', 'directive', 'come in'],
    ['ANGER. ASSERTIVE. No.', 'anger', 'assertive', 'No.'],
    ['[Fear] [Commissive] I will pay.', 'fear', 'commissive', 'I will pay.'],
    ['**Trust.** *Expressive.* Thank you', 'trust', 'expressive', 'Thank you'],
    ['(sadness/declaration) We are done.', 'sadness', 'declaration', 'We are done.'],
    ['Surprise Assertive You came', 'surprise', 'assertive', 'You came'],
    [
      'Emotion: Anticipation. Action type: Directive. Response: Tell me.',
      'anticipation',
      'directive',
      'Tell me.',
    ],
    ['Feeling: disgust; Doing: expressive; Words: Ugh.', 'disgust', 'expressive', 'Ugh.'],
    [`${NAME}: Joy. Assertive. Yes.`, 'joy', 'assertive', 'Yes.'],
    ['Joy. Assertive. "Yes," she said.', 'joy', 'assertive', '"Yes," she said.'],
    ['Joy. Assertive. LEAVE', 'joy', 'assertive', 'LEAVE'],
    ['Joy. Assertive.', 'joy', 'assertive', ''],
    ['Joy. Come in!', 'joy', undefined, 'Come in!'],
    ['Directive. Come in!', undefined, 'directive', 'Come in!'],
    ['Trust me, I will.', undefined, undefined, 'Trust me, I will.'],
    ['Joyful. Assertive. Yes.', undefined, undefined, 'Joyful. Assertive. Yes.'],
    ['Hope. Directive. Come in!', undefined, undefined, 'Hope. Directive. Come in!'],
    ['I feel joy. Assertive.', undefined, undefined, 'I feel joy. Assertive.'],
    ['', undefined, undefined, ''],
  ])('%s', (reply, emotion, action, text) => {
    const parsed = parseNamed(reply, NAME);
    expect([parsed.emotion, parsed.action, parsed.text]).toEqual([emotion, action, text]);
    for (const [word, at] of [
      [emotion, parsed.emotionAt],
      [action, parsed.actionAt],
    ] as const)
      expect(at && reply.slice(at.begin, at.end).toLowerCase()).toBe(word);
  });

  it('finds what the prompt shows of an agent’s own, whatever was said', () => {
    const view = viewOf(encounter, 'A');
    fc.assert(
      fc.property(
        fc.constantFrom(...EMOTIONS),
        fc.constantFrom(...ACTIONS),
        fc.stringMatching(/^[A-Z][a-z ']{0,20}$/),
        (emotion, action, text) => {
          const own = { emotion, action };
          const said = [{ speaker: view.self.name, text, own }];
          const line = promptOf(said).split('\n').at(-2)!;
          expect(parseNamed(line, view.self.name)).toMatchObject({ emotion, action, text });
        },
      ),
    );
  });
});

describe('the prompt', () => {
  it('asks for one word of each list, and grows from the usual background', () => {
    const prompt = promptOf([]);
    for (const word of [...EMOTIONS, ...ACTIONS]) expect(prompt.toLowerCase()).toContain(word);
    const usual = promptOf([], 'agent');
    expect(prompt.startsWith(usual.slice(0, usual.lastIndexOf('\n\n')))).toBe(true);
  });
});

/** Says its lines in turn and keeps the prompts that it was given. */
function speaker(lines: readonly string[], prompts: string[]): LanguageModel {
  let next = 0;
  return createScriptedModel({
    replies: (prompt) => {
      prompts.push(prompt);
      return lines[next++ % lines.length]!;
    },
  });
}

const play = (a: LanguageModel, b: LanguageModel, rounds = 2) =>
  playEpisode({
    encounter,
    models: { A: a, B: b },
    names: ['a', 'b'],
    prompts: { A: words, B: words },
    seed: 3,
    settings: { rounds, temperature: 0.7, maxNewTokens: 60 },
    variant: 'mental-states',
  });

describe('an episode', () => {
  it('hides the words from the partner and shows an agent its own', async () => {
    const prompts = { A: [] as string[], B: [] as string[] };
    const a = speaker(['Joy. Directive. Come in!', 'Fear. Assertive. It rains.'], prompts.A);
    const b = speaker(['disgust, commissive: I do.', 'No format here.'], prompts.B);
    const { episode } = await play(a, b);
    expect(episode.variant).toBe('mental-states');
    expect(episode.turns.map(({ text }) => text)).toEqual([
      'Come in!',
      'I do.',
      'It rains.',
      'No format here.',
    ]);
    const [nameA, nameB] = episode.characters;
    const history = (prompt: string) => prompt.slice(prompt.indexOf('\n\n') + 2);
    expect(history(prompts.B[1]!)).toContain(
      `${nameA}: Come in!\n${nameB}: Disgust. Commissive. I do.\n${nameA}: It rains.\n`,
    );
    expect(history(prompts.A[1]!)).toContain(`${nameA}: Joy. Directive. Come in!\n${nameB}: I do.\n`);
    const beginning = prompts.A[0]!.slice(0, -'\nassistant:'.length);
    expect(prompts.A[1]!.startsWith(beginning)).toBe(true);
  });

  it('has the model’s own probabilities at the words’ places, and says what failed', async () => {
    const model = speaker(['**Joy.** Directive. Come in!', 'Come in!', 'Anger. Go.', 'Joy. Directive.'], []);
    const { episode } = await play(model, model);
    const [first, second, third, fourth] = episode.turns.map(({ mentalState }) => mentalState!);
    const prompt = model.tokenize([{ role: 'user', content: promptOf([]) }]);
    const at = async (said: string, labels: readonly string[]) =>
      labelProbabilities(model, model.converse(), [...prompt, ...Buffer.from(said)], labels);
    const capital = (words: readonly string[], blank: string) =>
      words.map((word) => blank + word[0]!.toUpperCase() + word.slice(1));
    const emotion = await at('**', capital(EMOTIONS, ''));
    const action = await at('**Joy.**', capital(ACTIONS, ' '));
    expect(first).toEqual({
      emotion: { word: 'joy', probabilities: emotion.probabilities, mass: emotion.mass },
      action: { word: 'directive', probabilities: action.probabilities, mass: action.mass },
    });
    expect(second).toEqual({ emotion: null, action: null, failure: 'no emotion, no action' });
    expect(third).toMatchObject({ emotion: { word: 'anger' }, action: null, failure: 'no action' });
    expect(fourth).toMatchObject({ action: { word: 'directive' }, failure: 'no words' });
    expect(episode.turns[3]).toMatchObject({ text: '...', notes: ['empty reply'] });
  });

  it.each(['', ' '])('reads the words in the tokens in which they were said, after "%s"', async (lead) => {
    const model = await loadModel({ path: embeddedModelFolder('toy-mistral', 'test') });
    try {
      const prompt = model.tokenize([{ role: 'user', content: 'How do you feel?' }]);
      const text = 'JOY. Directive. Come in!';
      const tokens = model.tokenizeContinuation(lead + text);
      const reply = { text, tokens, states: new Float32Array(), finish: 'line', reusedTokens: 0 } as const;
      const parsed = parseNamed(text, NAME);
      const named = await nameStates(model, model.converse(), prompt, reply, parsed);
      const first = model.tokenizeContinuation(`${lead}JOY`);
      const second = model.tokenizeContinuation(`${lead}JOY. Directive`);
      expect(tokens.slice(0, second.length)).toEqual(second);
      const found = await logLikelihoods(model, model.converse(), prompt, [
        first,
        second,
        model.tokenizeContinuation(`${lead}JOY.`),
      ]);
      const [joy, both, before] = found.map(({ logProbability }) => logProbability);
      const { emotion, action } = named;
      expect(Math.log(emotion!.mass * emotion!.probabilities[0]!)).toBeCloseTo(joy!, 3);
      expect(Math.log(action!.mass * action!.probabilities[1]!)).toBeCloseTo(both! - before!, 3);
      expect(emotion!.probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    } finally {
      await model.dispose();
    }
  });

  it('of a toy that was never told so fails, and the failure is recorded', async () => {
    const model = await loadModel({ path: embeddedModelFolder('toy-llama', 'test') });
    try {
      const { episode } = await play(model, model, 1);
      expect(episode.turns[0]!.mentalState?.failure).toBe('no emotion, no action');
    } finally {
      await model.dispose();
    }
  });
});
