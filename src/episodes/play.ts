// The turn loop: two models, one scenario, one seed.

import { createHash } from 'node:crypto';
import { lacking } from '../models/capabilities.ts';
import type { Intervention } from '../models/intervention.ts';
import type { Conversation, LanguageModel, Sampling } from '../models/language-model.ts';
import { generatedTokens } from '../models/reply-taker.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import type { Utterance } from '../prompts/dialogue.ts';
import type { NamedState } from '../prompts/mental-states.ts';
import { builtInPrompts, DEFAULT_STYLE, type Prompts } from '../prompts/prompts.ts';
import type { Leave } from '../prompts/styles.ts';
import { type AgentView, viewOf } from '../prompts/view.ts';
import type { Encounter } from '../scenarios/schema.ts';
import { type Heard, hear, SILENCE } from './hearing.ts';
import { isLeave, withoutMarker } from './leave.ts';
import { nameStates, parseNamed } from './mental-state.ts';
import type { LayerChoice } from './recorded-layers.ts';
import { stackStates } from './stack-states.ts';
import { meanState, type StatePosition } from './state-position.ts';
import { repeatedTurns } from './talk.ts';
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
  /** The words that each agent is given; the default style's built-in ones otherwise. */
  readonly prompts?: Readonly<Record<Seat, Prompts>> | undefined;
  /** With `mental-states`, agents name an emotion and an action type before they speak (docs/method.md §11). */
  readonly variant?: EpisodeVariant | undefined;
  /** Where in its prompt a round's state is taken; `last` by default. */
  readonly position?: StatePosition | undefined;
  /** Of which layers states are given back; `all` by default. */
  readonly layers?: LayerChoice | undefined;
  /**
   * What was said before, in the episode's order: it goes on behind it, as it would have gone on. Not for episodes with
   * mental states, whose agents are given what they named.
   */
  readonly begun?: readonly Turn[] | undefined;
  /**
   * To go on in, and to go on in again: what these have read of what was said before is not read once more, and they are
   * left open. Of an episode that was begun.
   */
  readonly conversations?: Readonly<Record<Seat, Conversation>> | undefined;
  /** Turns that are looked at, or in which the speaker's states are changed. */
  readonly looks?: readonly Look[] | undefined;
  /** Called after every utterance. */
  readonly onTurn?: (turn: Turn) => void;
  /** Checked between utterances; an aborted episode rejects with the signal's reason and leaves nothing. */
  readonly signal?: AbortSignal;
}

/** A turn before which the model's next-token distribution is kept. */
export interface Look {
  readonly round: number;
  readonly seat: Seat;
  /** What is done to the speaker's states in this turn; nothing by default. */
  readonly intervention?: Intervention | undefined;
}

/** What was seen at a turn. */
export interface Seen extends Pick<Look, 'round' | 'seat'> {
  /** Logits of the first token of the utterance: (vocabSize), float32. */
  readonly logits: Float32Array;
}

export interface PlayedEpisode {
  /** With what was said before, where the episode was begun already. */
  readonly episode: Omit<Episode, 'inputs'>;
  /** Of the turns that were played here. */
  readonly states: Readonly<Record<Seat, AgentStates>>;
  /** Of the turns that were to be looked at, those that were reached. */
  readonly seen: readonly Seen[];
}

interface Agent {
  readonly seat: Seat;
  readonly view: AgentView;
  readonly model: LanguageModel;
  readonly conversation: Conversation;
  readonly prompts: Prompts;
  readonly states: Float32Array[];
  readonly seen: Seen[];
  /** What it named itself, by position in the dialogue; in the variant `mental-states` alone. */
  readonly named: Map<number, NamedState>;
}

/** What an agent is given: with its own named states, and never its partner's. */
function promptOf(
  { view, named, prompts }: Agent,
  dialogue: readonly Utterance[],
  variant?: EpisodeVariant,
): ChatMessage[] {
  return prompts.render(
    variant ?? 'agent',
    view,
    dialogue.map((utterance, i) => ({ ...utterance, own: named.get(i) })),
  );
}

/** How a reply is taken: one line, or all that is said until the model speaks on for its partner. */
function replyLines(
  { view, prompts }: Agent,
  { stop = [] }: SimulationSettings,
  variant?: EpisodeVariant,
): Pick<Sampling, 'lines' | 'stop'> {
  // The words that it names are read where they stand in its line.
  if (prompts.reply === 'first-line' || variant !== undefined)
    return { stop: stop.length > 0 ? stop : undefined };
  return { lines: 'all', stop: [...stop, `\n${view.partner.name}:`] };
}

async function speak(
  agent: Agent,
  dialogue: readonly Utterance[],
  round: number,
  request: EpisodeRequest,
): Promise<Turn> {
  const { variant, position = 'last' } = request;
  const messages = promptOf(agent, dialogue, variant);
  const prompt = agent.model.tokenize(messages);
  const { conversation, model } = agent;
  const render = (said: readonly Utterance[]) => promptOf(agent, said, variant);
  const mean =
    position === 'last'
      ? undefined
      : await meanState(position, model, conversation, { prompt, dialogue, render });
  const { temperature, maxNewTokens, topK, topP, minP, repetitionPenalty } = request.settings;
  const intervention = await look(agent, prompt, round, request);
  const sampling = {
    temperature,
    maxNewTokens,
    topK,
    topP,
    minP,
    repetitionPenalty,
    ...replyLines(agent, request.settings, variant),
    // Nothing that runs beside this utterance enters its stream of random numbers.
    seed: [
      request.seed,
      request.encounter.interaction.id,
      ...request.names,
      round,
      agent.seat,
      ...(variant ? [variant] : []),
    ].join('/'),
  };
  const reply = await conversation.reply(prompt, sampling, intervention);
  agent.states.push(mean ?? reply.states);
  const speaker = agent.view.self.name;
  const parsed = variant && parseNamed(reply.text, speaker);
  const speakers = { self: speaker, partner: agent.view.partner.name };
  const heard = hear({ ...reply, text: parsed?.text ?? reply.text }, speakers);
  const { text, notes } = heedMarker(heard, agent.prompts.leave, round);
  const mentalState = parsed && (await nameStates(agent.model, agent.conversation, prompt, reply, parsed));
  if (parsed) agent.named.set(dialogue.length, parsed);
  return {
    round,
    seat: agent.seat,
    speaker,
    text,
    promptSha256: createHash('sha256').update(agent.model.render(messages)).digest('hex'),
    promptTokens: reply.counted?.prompt ?? prompt.length,
    reusedTokens: reply.reusedTokens,
    newTokens: generatedTokens(reply),
    finish: reply.finish,
    notes,
    // What cannot be had again by the seed.
    ...(!agent.model.info.capabilities.includes('repeatable') &&
      reply.tokens.length > 0 && { tokens: reply.tokens }),
    ...(mentalState && { mentalState }),
  };
}

/** Keeps the next-token distribution of a turn that is to be looked at; what is to be done in it. */
async function look(
  { seat, conversation, seen, model }: Agent,
  prompt: readonly number[],
  round: number,
  { looks = [] }: EpisodeRequest,
): Promise<Intervention | undefined> {
  const asked = looks.find((one) => one.round === round && one.seat === seat);
  if (asked === undefined) return undefined;
  const { logits } = await conversation.read(prompt, asked.intervention);
  if (logits === undefined) throw lacking(model.info, 'logits', 'interventions');
  seen.push({ round, seat, logits });
  return asked.intervention;
}

/** A marker that comes too early is not heard. */
function heedMarker({ text, notes }: Heard, leave: Leave, round: number): Heard {
  if (round >= leave.from || !isLeave(text, leave)) return { text, notes };
  const rest = withoutMarker(text, leave);
  return { text: rest === '' ? SILENCE : rest, notes: [...notes, 'wanted to leave too early'] };
}

/**
 * Whether the last line says again what was said before, in a round in which that ends the conversation: once is enough
 * from one round on, and twice in a row as soon as anybody may leave.
 */
function saysNothingNew(turns: readonly Turn[], { stale, from }: Leave): boolean {
  const [before, last] = [turns.at(-2), turns.at(-1)];
  if (last === undefined || stale === undefined || last.round < Math.min(stale, from)) return false;
  const repeated = repeatedTurns(turns);
  if (!repeated.includes(last)) return false;
  return last.round >= stale || (before !== undefined && repeated.includes(before));
}

/** How many turns an agent had heard when it was last asked, or is asked now; undefined if it begins anew. */
function hasRead(seat: Seat, { begun = [], conversations }: EpisodeRequest): number | undefined {
  if (conversations === undefined) return undefined;
  const next = begun.at(-1)?.seat === 'A' ? 'B' : 'A';
  const last = begun.findLastIndex((turn) => turn.seat === seat);
  return seat === next ? begun.length : last < 0 ? undefined : last;
}

/** Brings a conversation back to what had been read when the episode was begun. */
async function recall(agent: Agent, request: EpisodeRequest): Promise<void> {
  const turns = hasRead(agent.seat, request);
  if (turns === undefined) return;
  const heard = (request.begun ?? []).slice(0, turns).map(({ speaker, text }) => ({ speaker, text }));
  const prompt = agent.model.tokenize(promptOf(agent, heard));
  // The second time the last token is read by itself, as it is whenever the rest is there already.
  for (let time = 0; time < 2; time++) await agent.conversation.read(prompt);
}

async function takeTurns(
  agents: readonly [Agent, Agent],
  request: EpisodeRequest,
): Promise<{ turns: Turn[]; ending: Episode['ending'] }> {
  const turns: Turn[] = [...(request.begun ?? [])];
  const begun = turns.length;
  const dialogue = turns.map(({ speaker, text }): Utterance => ({ speaker, text }));
  for (let round = 1; round <= request.settings.rounds; round++) {
    for (const agent of agents) {
      if (2 * (round - 1) + agents.indexOf(agent) < begun) continue;
      request.signal?.throwIfAborted();
      const spoken = await speak(agent, dialogue, round, request);
      const { leave } = agent.prompts;
      const left = round >= leave.from && isLeave(spoken.text, leave);
      const stale = !left && saysNothingNew([...turns, spoken], leave);
      const turn = stale ? { ...spoken, notes: [...spoken.notes, 'left, with nothing new to say'] } : spoken;
      turns.push(turn);
      dialogue.push({ speaker: turn.speaker, text: turn.text });
      request.onTurn?.(turn);
      if (left || stale) return { turns, ending: `${agent.seat} left` };
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
  const own: Conversation[] = [];
  const converse = (seat: Seat) => {
    const conversation = request.models[seat].converse();
    own.push(conversation);
    return conversation;
  };
  const agent = (seat: Seat): Agent => ({
    seat,
    view: viewOf(encounter, seat),
    model: request.models[seat],
    conversation: (hasRead(seat, request) !== undefined && request.conversations?.[seat]) || converse(seat),
    prompts: request.prompts?.[seat] ?? builtInPrompts(DEFAULT_STYLE),
    states: [],
    seen: [],
    named: new Map(),
  });
  const agents: [Agent, Agent] = [agent('A'), agent('B')];
  const stacked = ({ states, model }: Agent) => stackStates(states, model.info, request.layers);
  try {
    for (const one of agents) await recall(one, request);
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
      states: { A: stacked(a), B: stacked(b) },
      seen: [...a.seen, ...b.seen],
    };
  } finally {
    for (const conversation of own) conversation.close();
  }
}
