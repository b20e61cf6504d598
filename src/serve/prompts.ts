// The prompt before a turn, made again from the run: the same words, view and dialogue, in the model's own template; the hash in
// the transcript says whether it is the text that was read.

import { createHash } from 'node:crypto';
import type { Episode, Turn } from '../episodes/types.ts';
import { BadInput, messageOf } from '../errors.ts';
import { openTemplate } from '../models/sources.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import { viewOf } from '../prompts/view.ts';
import { episodePath, pairName, toFileName } from '../recordings/layout.ts';
import { readEpisode } from '../recordings/recording.ts';
import type { Encounter } from '../scenarios/schema.ts';
import type { OpenStudy } from '../studies/open.ts';
import { openRun } from '../studies/open.ts';
import type { PromptAnswer } from '../view/components/navigate.ts';

/** The episode that a key names: one of those that the study has. */
function findEpisode(opened: OpenStudy, key: string) {
  for (const { names } of opened.orders)
    for (const seed of opened.study.simulation.seeds)
      for (const encounter of opened.encounters) {
        const { id } = encounter.interaction;
        if (`${pairName(names)}/${seed}/${toFileName(id)}` === key)
          return { encounter, path: episodePath(opened.run, { models: names, seed, interaction: id }) };
      }
  throw new BadInput(key, 'is no conversation of this study');
}

/** What the speaker of a turn was given: its own view, and what both had heard by then. */
function messagesBefore(
  opened: OpenStudy,
  encounter: Encounter,
  { models, turns }: Episode,
  place: number,
): ChatMessage[] {
  const seat = turns[place]?.seat ?? 'A';
  const heard = turns.slice(0, place).map(({ speaker, text }) => ({ speaker, text }));
  return opened.promptsOf(models[seat === 'A' ? 0 : 1]).render('agent', viewOf(encounter, seat), heard);
}

const NOT_RENDERED: Pick<PromptAnswer, 'check' | 'note'> = {
  check: 'unknown',
  note: 'The messages are made of the run; the model’s chat template is not on this machine, so its hash cannot be compared.',
};

async function checkOf(opened: OpenStudy, messages: readonly ChatMessage[], model: string, turn: Turn) {
  const source = opened.sources.get(model);
  const render = source && (await openTemplate(source).catch((error: unknown) => messageOf(error)));
  if (render === undefined) return NOT_RENDERED;
  if (typeof render === 'string')
    return { ...NOT_RENDERED, note: `The model’s chat template cannot be used: ${render}.` };
  const sha256 = createHash('sha256').update(render(messages)).digest('hex');
  if (sha256 === turn.promptSha256)
    return {
      check: 'same' as const,
      note: `It is the text that was read: ${turn.promptTokens} tokens, SHA-256 ${sha256}.`,
    };
  return {
    check: 'other' as const,
    note: `What is here now gives another text than the one that was read (SHA-256 ${sha256}, in the transcript ${turn.promptSha256}): the words, the template or the file were changed since.`,
  };
}

/**
 * @param query `episode`, its key, and `turn`, counted from 0
 * @throws BadInput for a conversation or turn that there is not
 */
export async function answerPrompt(run: string, query: URLSearchParams): Promise<PromptAnswer> {
  const opened = await openRun(run);
  const { encounter, path } = findEpisode(opened, query.get('episode') ?? '');
  const episode = await readEpisode(path);
  const place = Number(query.get('turn'));
  const turn = episode.turns[place];
  if (!turn)
    throw new BadInput(
      query.get('turn') ?? 'turn',
      `the conversation has turns 0 to ${episode.turns.length - 1}`,
    );
  const messages = messagesBefore(opened, encounter, episode, place);
  const model = episode.models[turn.seat === 'A' ? 0 : 1];
  return {
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...(await checkOf(opened, messages, model, turn)),
  };
}
