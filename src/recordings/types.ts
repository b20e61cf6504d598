import type { AgentStates, Episode, Seat } from '../episodes/types.ts';
import type { ModelInfo } from '../models/language-model.ts';
import type { StatesChoice } from './states.ts';

export type { AgentStates, Episode, Seat, Turn } from '../episodes/types.ts';

/** What is written when an episode is over. B has one round fewer than A when A left. */
export interface Recording {
  readonly episode: Episode;
  readonly states: Readonly<Record<Seat, AgentStates>>;
  readonly models: readonly [ModelInfo, ModelInfo];
  /** What the states are, and how they are kept; the paper's, in float32, by default. */
  readonly choice?: StatesChoice | undefined;
}
