// The turn loop: two models, one scenario, one seed.

import { createHash } from 'node:crypto';
import type { Conversation, LanguageModel, Reply, Sampling } from '../models/language-model.ts';
import { type NamedState, renderMentalStatePrompt } from '../prompts/mental-states.ts';
import { renderPrompt, type Utterance } from '../prompts/prompt.ts';
import { type AgentView, viewOf } from '../prompts/view.ts';
import type { Encounter } from '../scenarios/schema.ts';
import { isLeave } from './leave.ts';
import { nameStates, parseNamed } from './mental-state.ts';
import { stackStates } from './stack-states.ts';
import type { AgentStates, Episode, EpisodeVariant, Seat, Turn } from './types.ts';

export interface SimulationSettings
  extends Pick<Sampling, 'topK' | 'topP' | 'minP' | 'repetitionPenalty' | 'stop'> {
  /** Rounds at most; each is A's utterance and then B's. Paper §4.1: 8. */
  readonly rounds: number;
  /** Temperature at which tokens are drawn; 0.7 in paper §4.1. */
  readonly temperature: number;
  /** Longest utterance, tokens; 300 in docs/method.md §2. */
  readonly maxNewTokens: number;
}

/** What it takes to play one episode. */
export interface EpisodeRequest {
  readonly encounter: Encounter;
  readonly models: Readonly<Record<Seat, LanguageModel>>;
  /** The names that the study gives the models, A then B. */
  readonly names: readonly [string, string];
  readonly seed: number;
  readonly settings: SimulationSettings;
  /** With `mental-states`, agents name an emotion and an action type before they speak (docs/method.md §11). */
  readonly variant?: EpisodeVariant | undefined;
  /** Called after every utterance. */
  readonly onTurn?: (turn: Turn) => void;
  /** Checked between utterances; an aborted episode rejects with the signal's reason and leaves nothing. */
  readonly signal?: AbortSignal;
}

export interface PlayedEpisode {
  readonly episode: Omit<Episode, 'inputs'>;
  readonly states: Readonly<Record<Seat, AgentStates>>;
}

/** What silence looks like to the partner. */
const SILENCE = '...';

interface Agent {
  readonly seat: Seat;
  readonly view: AgentView;
  readonly model: LanguageModel;
  readonly conversation: Conversation;
  readonly states: Float32Array[];
  /** What it named itself, by position in the dialogue; in the variant `mental-states` alone. */
  readonly named: Map<number, NamedState>;
}

/** The reply as the partner hears it, and what had to be put right. */
export function heard(
  reply: Pick<Reply, 'text' | 'finish' | 'tokens'>,
  speaker: string,
): { text: string; notes: string[] } {
  const notes: string[] = [];
  // One line per utterance, also for the rarer line breaks.
  let text = reply.text.replace(/[\r\n\v\f\u0085\u2028\u2029]+/g, ' ').trim();
  if (text.startsWith(`${speaker}:`)) {
    text = text.slice(speaker.length + 1).trim();
    notes.push('repeated its own name');
  }
  if (reply.finish === 'length') notes.push(`cut at ${reply.tokens.length} tokens`);
  if (text === '') {
    text = SILENCE;
    notes.push('empty reply');
  }
  return { text, notes };
}

/** What an agent is given: with its own named states, and never its partner's. */
function promptOf({ view, named }: Agent, dialogue: readonly Utterance[], variant?: EpisodeVariant): string {
  if (variant === undefined) return renderPrompt(view, dialogue);
  return renderMentalStatePrompt(
    view,
    dialogue.map((utterance, i) => ({ ...utterance, own: named.get(i) })),
  );
}

async function speak(
  agent: Agent,
  dialogue: readonly Utterance[],
  round: number,
  request: EpisodeRequest,
): Promise<Turn> {
  const { variant } = request;
  const messages = [{ role: 'user' as const, content: promptOf(agent, dialogue, variant) }];
  const prompt = agent.model.tokenize(messages);
  const { temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop } = request.settings;
  const reply = await agent.conversation.reply(prompt, {
    temperature,
    maxNewTokens,
    topK,
    topP,
    minP,
    repetitionPenalty,
    stop,
    // Nothing that runs beside this utterance enters its stream of random numbers.
    seed: [
      request.seed,
      request.encounter.interaction.id,
      ...request.names,
      round,
      agent.seat,
      ...(variant ? [variant] : []),
    ].join('/'),
  });
  agent.states.push(reply.states);
  const speaker = agent.view.self.name;
  const parsed = variant && parseNamed(reply.text, speaker);
  const { text, notes } = heard({ ...reply, text: parsed?.text ?? reply.text }, speaker);
  const mentalState = parsed && (await nameStates(agent.model, agent.conversation, prompt, reply, parsed));
  if (parsed) agent.named.set(dialogue.length, parsed);
  return {
    round,
    seat: agent.seat,
    speaker,
    text,
    promptSha256: createHash('sha256').update(agent.model.render(messages)).digest('hex'),
    promptTokens: prompt.length,
    reusedTokens: reply.reusedTokens,
    newTokens: reply.tokens.length,
    finish: reply.finish,
    notes,
    ...(mentalState && { mentalState }),
  };
}

async function takeTurns(
  agents: readonly [Agent, Agent],
  request: EpisodeRequest,
): Promise<{ turns: Turn[]; ending: Episode['ending'] }> {
  const turns: Turn[] = [];
  const dialogue: Utterance[] = [];
  for (let round = 1; round <= request.settings.rounds; round++) {
    for (const agent of agents) {
      request.signal?.throwIfAborted();
      const turn = await speak(agent, dialogue, round, request);
      turns.push(turn);
      dialogue.push({ speaker: turn.speaker, text: turn.text });
      request.onTurn?.(turn);
      if (isLeave(turn.text)) return { turns, ending: `${agent.seat} left` };
    }
  }
  return { turns, ending: 'rounds' };
}

/**
 * Plays one episode (docs/method.md §2, paper §3.1). The result depends on the models, the encounter, the settings and the
 * seed alone.
 *
 * @throws BadInput if a prompt does not fit into a model's context; the signal's reason when aborted
 */
export async function playEpisode(request: EpisodeRequest): Promise<PlayedEpisode> {
  const { encounter } = request;
  const agent = (seat: Seat): Agent => ({
    seat,
    view: viewOf(encounter, seat),
    model: request.models[seat],
    conversation: request.models[seat].converse(),
    states: [],
    named: new Map(),
  });
  const agents: [Agent, Agent] = [agent('A'), agent('B')];
  try {
    const { turns, ending } = await takeTurns(agents, request);
    const [a, b] = agents;
    return {
      episode: {
        format: 'interbrain-episode-1',
        interaction: encounter.interaction.id,
        scenario: encounter.scenario.id,
        characters: [a.view.self.name, b.view.self.name],
        characterIds: [encounter.characters[0].id, encounter.characters[1].id],
        relationship: encounter.scenario.relationship,
        models: [...request.names],
        seed: request.seed,
        ...(request.variant && { variant: request.variant }),
        turns,
        ending,
      },
      states: { A: stackStates(a.states, a.model.info), B: stackStates(b.states, b.model.info) },
    };
  } finally {
    for (const { conversation } of agents) conversation.close();
  }
}
