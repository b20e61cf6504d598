import type { AgentStates, Episode, Seat } from '../episodes/types.ts';
import type { ModelInfo } from '../models/language-model.ts';

export type { AgentStates, Episode, Seat, Turn } from '../episodes/types.ts';

/** What is written when an episode is over. B has one round fewer than A when A left. */
export interface Recording {
  readonly episode: Episode;
  readonly states: Readonly<Record<Seat, AgentStates>>;
  readonly models: readonly [ModelInfo, ModelInfo];
}
