// Settings that are each valid and cannot be meant together.

import { pairsOf } from '../plan.ts';
import { PAPER_PROTOCOL } from '../protocol.ts';
import { error, type Problem, warning } from '../study-file/problem.ts';
import type { FileCheck } from './check.ts';

export const penaltiesTwice: FileCheck = {
  name: 'ridge penalties that stand twice',
  looksAt: ['synchrony.lambda'],
  find({ study: { synchrony } }) {
    const penalties = [synchrony.lambda].flat();
    return penalties.flatMap((lambda, index) => {
      if (penalties.indexOf(lambda) === index) return [];
      const message = `${lambda} stands twice; name each penalty once`;
      return [error(['synchrony', 'lambda', index], message)];
    });
  },
};

/** The published numerics know no cross-validation. */
export const publishedSolver: FileCheck = {
  name: 'what the published solver can do',
  looksAt: ['synchrony.lambda', 'synchrony.solver'],
  find({ study: { synchrony } }): Problem[] {
    const { lambda, solver } = synchrony;
    if (solver === 'exact' || ![lambda].flat().includes('cv')) return [];
    const message = `${solver} takes numbers for λ, and cv is among them; set lambda: 0.1, as published`;
    return [error(['synchrony', 'solver'], message)];
  },
};

/** `protocol: paper`, and something that is not the paper's. */
export const paperProtocol: FileCheck = {
  name: 'what the protocol fixes',
  looksAt: ['protocol', 'synchrony'],
  find({ study: { protocol, synchrony } }): Problem[] {
    if (protocol !== 'paper') return [];
    const own = new Map<string, unknown>(Object.entries(synchrony));
    const fixed = Object.entries({ ...PAPER_PROTOCOL, folds: undefined });
    const changed = fixed.filter(
      ([key, value]) => JSON.stringify([own.get(key)].flat()) !== JSON.stringify([value].flat()),
    );
    return changed.map(([key, value]) => {
      const paper = value === undefined ? `no ${key}` : `${key}: ${JSON.stringify(value)}`;
      return error(['synchrony', key], `protocol: paper has ${paper}; leave this out, or the protocol`);
    });
  },
};

/** `samples` is so small that a share of it is nothing. */
export const emptySide: FileCheck = {
  name: 'a side of the split without samples',
  looksAt: ['synchrony.samples', 'synchrony.test'],
  find({ study: { synchrony } }): Problem[] {
    const { samples, test } = synchrony;
    if (typeof samples !== 'number') return [];
    const held = Math.round(samples * test);
    if (held >= 1 && held < samples) return [];
    const sides = `of ${samples} samples, ${test} for the test are ${held}, and ${samples - held} are left for training`;
    return [error(['synchrony', 'test'], `${sides}; each side needs one at least`)];
  },
};

/** A correlation over pairs of models has as many points as there are pairs. */
const FEWEST_PAIRS = 3;

export const fewPairs: FileCheck = {
  name: 'pairs to correlate over',
  looksAt: ['correlation', 'pairs'],
  find({ study }) {
    const pairs = pairsOf(study).length;
    if (!study.correlation || pairs >= FEWEST_PAIRS) return [];
    const there = pairs === 1 ? 'there is 1' : `there are ${pairs}`;
    const message = `no correlation can be computed: it takes ${FEWEST_PAIRS} pairs of models, and ${there}`;
    return [warning(['correlation'], message)];
  },
};

/** What looks at the layers themselves, by the path of its key. */
const NEED_LAYERS = {
  significance: 'tests',
  nonlinear: 'networks',
  'sensitivity.textBaseline': 'text baselines',
  similarity: 'other measures',
  episodeModel: 'numbers of episodes',
  ownPast: 'partitions by own past',
  interventions: 'interventions',
} as const;
const NEEDING_LAYERS = Object.keys(NEED_LAYERS) as (keyof typeof NEED_LAYERS)[];

/** Interventions change, and look at, the state that the last token of the prompt has. */
export const lastPosition: FileCheck = {
  name: 'interventions on the states that are recorded',
  looksAt: ['interventions', 'states'],
  find({ study: { interventions, states } }): Problem[] {
    if (interventions === false || states.position === 'last') return [];
    const message = `${states.position} is not the state that interventions change; take last, or leave interventions out`;
    return [error(['states', 'position'], message)];
  },
};

export const reducedLayers: FileCheck = {
  name: 'what needs the layers as they are',
  looksAt: [
    'synchrony.reduce',
    'significance',
    'nonlinear',
    'sensitivity',
    'similarity',
    'episodeModel',
    'ownPast',
    'interventions',
  ],
  find({ study }): Problem[] {
    const { synchrony, significance, nonlinear, sensitivity, similarity, episodeModel } = study;
    if (!synchrony.reduce) return [];
    const asked: Readonly<Record<keyof typeof NEED_LAYERS, boolean>> = {
      significance: significance !== false,
      nonlinear: nonlinear !== false,
      'sensitivity.textBaseline': sensitivity !== false && sensitivity.textBaseline !== false,
      similarity: similarity !== false,
      episodeModel: episodeModel !== false,
      ownPast: study.ownPast !== false,
      interventions: study.interventions !== false,
    };
    return NEEDING_LAYERS.filter((key) => asked[key]).map((key) => {
      const message = `${NEED_LAYERS[key]} are made on the layers as they are; switch them off, or leave synchrony.reduce out`;
      return error(key.split('.'), message);
    });
  },
};

export const unequalSamples: FileCheck = {
  name: 'as many samples of every pair that is correlated',
  looksAt: ['correlation', 'pairs', 'synchrony.samples'],
  find({ study }): Problem[] {
    const { correlation, synchrony } = study;
    if (!correlation || synchrony.samples !== 'all' || pairsOf(study).length < FEWEST_PAIRS) return [];
    const message =
      'with all, pairs that talk longer have more samples, and SyncR² grows with their number; take equal, or see r given log n';
    return [warning(['synchrony', 'samples'], message)];
  },
};
