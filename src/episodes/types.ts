import type { Action, Emotion } from '../prompts/mental-states.ts';
import type { RecordedLayers } from './recorded-layers.ts';

/** A speaks first in every round, B second. */
export type Seat = 'A' | 'B';

export const SEATS: readonly Seat[] = ['A', 'B'];

/** One utterance. */
export interface Turn {
  /** 1-based: A's utterance and then B's make one round. */
  readonly round: number;
  readonly seat: Seat;
  readonly speaker: string;
  /** What the partner sees. */
  readonly text: string;
  /** SHA-256 of the rendered prompt, hex. */
  readonly promptSha256: string;
  readonly promptTokens: number;
  readonly reusedTokens: number;
  readonly newTokens: number;
  readonly finish: 'end' | 'line' | 'stop' | 'length';
  /** Anything odd that was put right: `empty reply`, `cut at 300 tokens`. */
  readonly notes: readonly string[];
  /** Ids of the reply's tokens, where the model need not give the same ones again. */
  readonly tokens?: readonly number[];
  /** What it named before it spoke; only in episodes of the variant `mental-states`. */
  readonly mentalState?: MentalState;
}

/** A word that an agent named, and what else it might have named. */
export interface NamedWord<Word extends string> {
  readonly word: Word;
  /** The model's own probabilities at that position, given that it names one of the words; in their order. */
  readonly probabilities: readonly number[];
  /** Share of all that the model might have said there that begins with one of the words, 0 to 1. */
  readonly mass: number;
}

/** What an agent named before it spoke (docs/method.md §11, paper Appendix J). */
export interface MentalState {
  /** The emotion, with probabilities in the order of `EMOTIONS`; null if the reply named none. */
  readonly emotion: NamedWord<Emotion> | null;
  /** The action type, with probabilities in the order of `ACTIONS`; null if the reply named none. */
  readonly action: NamedWord<Action> | null;
  /** How the reply failed the format: `no emotion`, `no action`, `no words`, joined by commas. Absent if it did not. */
  readonly failure?: string;
}

/** Episodes that are played in another way than the usual one; they are a condition of their own. */
export type EpisodeVariant = 'mental-states';

/** The transcript of one run of an interaction by an ordered pair of models with one simulation seed. */
export interface Episode {
  readonly format: 'interbrain-episode-1';
  readonly interaction: string;
  readonly scenario: string;
  /** Names of the two characters, A then B. */
  readonly characters: readonly [string, string];
  /** Ids of the two characters, A then B. */
  readonly characterIds: readonly [string, string];
  readonly relationship: string;
  /** Names that the study gives the models, A then B. */
  readonly models: readonly [string, string];
  readonly seed: number;
  /** How the episode was played; absent if in the usual way. */
  readonly variant?: EpisodeVariant;
  /** Hash of everything that the transcript depends on; a rerun with another hash plays the episode again. */
  readonly inputs: string;
  readonly turns: readonly Turn[];
  /** Why it ended: an agent left, or the last round was over. */
  readonly ending: 'A left' | 'B left' | 'rounds';
}

/**
 * The states of one agent over an episode. `data` has shape (layers, rounds, hiddenSize), float32, layer-major:
 * one layer of one episode is contiguous.
 */
export interface AgentStates {
  readonly layers: number;
  /** Which of the model's layers these are; absent where they are all. */
  readonly recorded?: RecordedLayers;
  readonly rounds: number;
  readonly hiddenSize: number;
  readonly data: Float32Array;
}
