// Whether interventions can be made: rounds that there are, other seeds, layers and directions of the models, and what they
// will cost.

import { countLayers } from '../../episodes/recorded-layers.ts';
import { playsPerRound } from '../../interventions/arms.ts';
import { lacking } from '../../models/capabilities.ts';
import { pairsOf, seatOrdersOf } from '../plan.ts';
import type { InterventionSettings, Study } from '../schema.ts';
import { error, type Problem, warning } from '../study-file/problem.ts';
import type { DescribedModel, FileCheck, OpenCheck, OpenParts } from './check.ts';
import { notRecorded } from './recorded-layers.ts';

const KEY = 'interventions';

/** Continuations of episodes from which on the user is warned. */
const MANY = 20_000;

export const interventionRounds: FileCheck = {
  name: 'rounds and seeds of interventions',
  looksAt: [KEY, 'simulation.rounds', 'simulation.seeds'],
  find({ study: { interventions, simulation } }): Problem[] {
    if (!interventions) return [];
    const { seat, rounds, kinds } = interventions;
    // Whom nobody answers any more moves nobody.
    const last = simulation.rounds - (seat === 'B' ? 1 : 0);
    const late = rounds.flatMap((round, i) => {
      if (round <= last) return [];
      const answered = `the episodes have ${simulation.rounds}, and seat ${seat} is answered up to round ${last}`;
      return [
        error([KEY, 'rounds', i], `there is no answer in round ${round}: ${answered}; take an earlier one`),
      ];
    });
    if (!kinds.includes('other-seed') || simulation.seeds.length > 1) return late;
    const message =
      'other-seed takes the state of another seed, and simulation.seeds has one; add a seed, or leave the kind out';
    return [...late, error([KEY, 'kinds'], message)];
  },
};

/** Names of the models that speak in the seat. */
function speakersOf(study: Study, { seat }: InterventionSettings): Set<string> {
  const orders = pairsOf(study).flatMap(seatOrdersOf);
  return new Set(orders.map(({ names: [a, b] }) => (seat === 'A' ? a : b)));
}

export const interventionModels: OpenCheck = {
  name: 'models whose states are changed',
  looksAt: [KEY, 'states.layers', 'pairs.*', 'models.*'],
  find({ study, models }: OpenParts): Problem[] {
    const { interventions } = study;
    if (!interventions) return [];
    const problems = [...speakersOf(study, interventions)].flatMap((name) => {
      const info = models.get(name)?.info;
      if (!info) return [];
      const lacks = info.capabilities.includes('interventions')
        ? []
        : [error(['models', name], lacking(info, 'interventions', 'interventions').message)];
      return [
        ...lacks,
        ...layerProblems(name, { info }, study),
        ...widthProblems(name, info.hiddenSize, interventions),
      ];
    });
    return problems;
  },
};

function layerProblems(name: string, model: DescribedModel, { interventions, states }: Study): Problem[] {
  if (!interventions || typeof interventions.layers === 'string') return [];
  return interventions.layers.flatMap((layer, i) => {
    const message = notRecorded(states.layers, name, model, layer);
    return message === undefined ? [] : [error([KEY, 'layers', i], message)];
  });
}

function widthProblems(name: string, width: number, { directions, kinds }: InterventionSettings): Problem[] {
  if (!kinds.includes('remove')) return [];
  return directions.flatMap((count, i) => {
    if (count <= width) return [];
    return [
      error(
        [KEY, 'directions', i],
        `${name} has ${width} dimensions and not ${count} directions; take fewer`,
      ),
    ];
  });
}

export const interventionsCost: OpenCheck = {
  name: 'how much interventions play',
  looksAt: [KEY, 'simulation', 'pairs.*', 'models.*', 'scenarios'],
  find({ study, models, encounters }): Problem[] {
    const { interventions, simulation, states } = study;
    if (!interventions || !encounters) return [];
    const episodes = Math.min(interventions.episodes, encounters.length * simulation.seeds.length);
    const orders = pairsOf(study).flatMap(seatOrdersOf);
    const plays = orders.reduce((sum, { names: [a, b] }) => {
      const all = models.get(interventions.seat === 'A' ? a : b)?.info?.layers ?? 2;
      const recorded = countLayers(states.layers, all);
      return sum + episodes * interventions.rounds.length * playsPerRound(interventions, recorded);
    }, 0);
    if (plays < MANY) return [];
    const message = `up to ${plays} parts of episodes will be played for interventions; take fewer layers, rounds, kinds, doses or episodes if that is too many`;
    return [warning([KEY], message)];
  },
};
