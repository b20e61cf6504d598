// Every stage of a study, in the order in which they are run: each after those that it needs.

import type { Stage } from './stage.ts';
import { ABILITIES } from './stages/abilities.ts';
import { CONTRIBUTIONS } from './stages/contributions.ts';
import { CORRELATION } from './stages/correlation.ts';
import { EFFECTS } from './stages/effects.ts';
import { EPISODE_MODEL } from './stages/episode-model.ts';
import { EPISODE_SYNCHRONY } from './stages/episode-synchrony.ts';
import { EPISODES, MENTAL_STATE_EPISODES } from './stages/episodes.ts';
import { INTERVENTIONS } from './stages/interventions.ts';
import { JUDGEMENTS } from './stages/judgements.ts';
import { LAGS } from './stages/lags.ts';
import { MEASURE } from './stages/measure.ts';
import { NETWORKS_STAGE } from './stages/networks.ts';
import { OWN_PAST } from './stages/own-past.ts';
import { PAIR_RELIABILITY } from './stages/pair-reliability.ts';
import { PROBES } from './stages/probes.ts';
import { READINGS } from './stages/readings.ts';
import { RELATIONSHIPS_STAGE } from './stages/relationships.ts';
import { RELIABILITY } from './stages/reliability.ts';
import { REPEATS } from './stages/repeats.ts';
import { SENSITIVITY } from './stages/sensitivity.ts';
import { SIGNIFICANCE } from './stages/significance.ts';
import { SIMILARITY } from './stages/similarity.ts';

export const STAGES: readonly Stage[] = [
  EPISODES,
  MENTAL_STATE_EPISODES,
  READINGS,
  ABILITIES,
  MEASURE,
  SIGNIFICANCE,
  JUDGEMENTS,
  SENSITIVITY,
  REPEATS,
  RELATIONSHIPS_STAGE,
  CONTRIBUTIONS,
  OWN_PAST,
  LAGS,
  SIMILARITY,
  PROBES,
  NETWORKS_STAGE,
  CORRELATION,
  EPISODE_SYNCHRONY,
  EPISODE_MODEL,
  RELIABILITY,
  PAIR_RELIABILITY,
  INTERVENTIONS,
  EFFECTS,
];

/** @throws RangeError for a name that is in no row */
export function stageNamed(name: string): Stage {
  const stage = STAGES.find((one) => one.name === name);
  if (stage === undefined) throw new RangeError(`no stage is called ${name}`);
  return stage;
}
