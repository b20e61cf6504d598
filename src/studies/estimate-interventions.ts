// How long a study's interventions will take. A continuation is played like an episode from the round in which something
// is changed to the last one that is played, so it takes that share of an episode's time.

import { countLayers } from '../episodes/recorded-layers.ts';
import type { LanguageModel } from '../models/language-model.ts';
import { StageContext } from './context.ts';
import { continuationsOf } from './intervention-plan.ts';
import type { OpenStudy } from './open.ts';
import { INTERVENTIONS } from './stages/interventions.ts';
import { statesOf } from './state.ts';

/** Episodes with interventions: each is played on as often as there are arms, from each of the rounds. */
export interface InterventionsEstimate {
  /** Of all seat orders, and those of them that are there already. */
  readonly total: number;
  readonly recorded: number;
  /** Continuations of those that are missing, of episodes that last as long. */
  readonly continuations: number;
  /** For those that are missing. */
  readonly seconds: number;
}

/**
 * Estimates the stage from what an episode takes.
 *
 * @param episode its mean number of turns, and seconds with everything that goes on at once
 */
export async function estimateInterventions(
  opened: OpenStudy,
  models: ReadonlyMap<string, LanguageModel>,
  { turns, seconds }: { readonly turns: number; readonly seconds: number },
): Promise<InterventionsEstimate | undefined> {
  if (!INTERVENTIONS.asked(opened.study)) return undefined;
  const states = await statesOf(INTERVENTIONS, new StageContext(opened));
  const open = states.filter(({ state }) => state !== 'current').map(({ task }) => task);
  const choice = opened.study.states.layers;
  const layersOf = (name: string) => countLayers(choice, models.get(name)?.info.layers ?? 2);
  const parts = open.flatMap((task) => continuationsOf(task, opened, layersOf));
  // An episode that is over by then is not played on.
  const played = parts.filter(({ begin }) => begin + 1 < turns);
  const share = played.reduce((sum, { begin, end, plays }) => {
    return sum + (plays * (Math.min(end, turns) - begin)) / turns;
  }, 0);
  return {
    total: states.length,
    recorded: states.length - open.length,
    continuations: played.reduce((sum, { plays }) => sum + plays, 0),
    seconds: share * seconds,
  };
}
