// Synchrony against social performance over model pairs (docs/method.md §9, paper §5): by family group and overall, always
// with n, p and an interval, with a permutation over models, and with one model left out at a time.

import type { Correlation } from './correlation.ts';
import { benjaminiHochberg } from './false-discovery.ts';
import { CROSS, type Families, familiesByModel, familyGroups } from './families.ts';
import { correlateOverModels, FEWEST_MODELS } from './model-jackknife.ts';
import { type Qap, qap, qapOfRanks } from './qap.ts';
import { type ModelPairNames, type Relabellings, relabelModels } from './relabel-models.ts';

/** What is known of one unordered pair of models. */
export interface ModelPair {
  readonly models: ModelPairNames;
  readonly synchrony: number;
  /** State pairs that its synchrony was measured on, if that is known. */
  readonly samples?: number;
  /** Mean overall score of its episodes. */
  readonly performance: number;
  /** Mean score by dimension. */
  readonly dimensions: Readonly<Record<string, number>>;
  /** Mean of the two models' abilities by benchmark. */
  readonly abilities: Readonly<Record<string, number>>;
}

export interface ModelPairOptions {
  readonly families?: Families;
  /** How many permutations over models are drawn where there are too many to take all; 10,000 by default. */
  readonly permutations?: number;
  readonly seed?: number;
  /** Coverage of the intervals; 0.95 by default. */
  readonly level?: number;
}

/** A correlation with what a permutation over models says of it; null where n is too small for one. */
export interface PairCorrelation {
  readonly correlation: Correlation | null;
  readonly qap: Qap | null;
}

/** One group's correlations of synchrony and performance. */
export interface GroupCorrelation {
  /** A family's name, `cross` or `overall`. */
  readonly group: string;
  readonly pairs: readonly ModelPairNames[];
  readonly pearson: PairCorrelation;
  readonly spearman: PairCorrelation;
  /** Pearson's partial r given the logarithm of the number of samples; null where it is the same for all pairs. */
  readonly givenSamples: PairCorrelation | null;
  /** One per benchmark that is known of all pairs of the group. */
  readonly partial: readonly (PairCorrelation & { readonly given: string })[];
  /** Pearson's r without all pairs of one model. */
  readonly leaveOneOut: readonly { readonly model: string; readonly correlation: Correlation | null }[];
  /** Pearson's r of synchrony and one dimension's score; p also adjusted over the dimensions (Benjamini–Hochberg). */
  readonly dimensions: readonly {
    readonly name: string;
    readonly correlation: Correlation | null;
    readonly adjustedP: number;
  }[];
  /** What the numbers cannot tell, in words. */
  readonly warnings: readonly string[];
}

/** Below this many units a correlation is computed and warned of. */
const FEW = 10;

/**
 * Correlates synchrony and performance over model pairs, by family group and overall.
 *
 * @param pairs unordered, each once
 * @returns the families in their order, `cross`, `overall`; groups without pairs are left out
 * @throws BadInput for values that are not finite or pairs that stand twice
 */
export function correlateModelPairs(
  pairs: readonly ModelPair[],
  options: ModelPairOptions = {},
): GroupCorrelation[] {
  const groups = familyGroups(pairs, options.families ?? {});
  return [...groups].map(([group, own]) => correlateGroup(group, own, options));
}

function correlateGroup(
  group: string,
  pairs: readonly ModelPair[],
  options: ModelPairOptions,
): GroupCorrelation {
  const { level, families = {} } = options;
  const familyOf = familiesByModel(families);
  const names = pairs.map(({ models }) => models);
  const relabellings = relabelModels(names, {
    ...(options.permutations !== undefined && { permutations: options.permutations }),
    ...(options.seed !== undefined && { seed: options.seed }),
    // A pair across families stays one if models take labels of their own family alone.
    ...(group === CROSS && { kindOf: (model) => familyOf.get(model) ?? model }),
  });
  const synchrony = pairs.map((pair) => pair.synchrony);
  const performance = pairs.map((pair) => pair.performance);
  const enough = pairs.length >= 3;
  const analysis = {
    group,
    pairs: names,
    pearson: {
      correlation: enough ? correlateOverModels(names, synchrony, performance, leveled(level)) : null,
      qap: enough ? qap(synchrony, performance, relabellings) : null,
    },
    spearman: {
      correlation: enough
        ? correlateOverModels(names, synchrony, performance, { ...leveled(level), ranks: true })
        : null,
      qap: enough ? qapOfRanks(synchrony, performance, relabellings) : null,
    },
    givenSamples: givenSamples(pairs, relabellings, level),
    partial: partials(pairs, relabellings, level),
    leaveOneOut: leaveOneOut(pairs, level),
    dimensions: byDimension(pairs, level),
  };
  return { ...analysis, warnings: warningsOf(analysis, relabellings, differingSamples(pairs)) };
}

/** What every pair has a value for, in the order of the first pair, with the values of all pairs. */
function sharedValues(
  pairs: readonly ModelPair[],
  kind: 'dimensions' | 'abilities',
): { readonly name: string; readonly values: readonly number[] }[] {
  return Object.keys(pairs[0]?.[kind] ?? {})
    .map((name) => ({ name, values: pairs.flatMap((pair) => pair[kind][name] ?? []) }))
    .filter(({ values }) => values.length === pairs.length);
}

function partials(pairs: readonly ModelPair[], relabellings: Relabellings, level?: number) {
  return sharedValues(pairs, 'abilities').map(({ name: given, values }) => ({
    given,
    ...partialOf(pairs, values, relabellings, level),
  }));
}

function partialOf(
  pairs: readonly ModelPair[],
  given: readonly number[],
  relabellings: Relabellings,
  level?: number,
): PairCorrelation {
  if (pairs.length < 4) return { correlation: null, qap: null };
  const synchrony = pairs.map((pair) => pair.synchrony);
  const performance = pairs.map((pair) => pair.performance);
  const names = pairs.map(({ models }) => models);
  return {
    correlation: correlateOverModels(names, synchrony, performance, { given: [given], ...leveled(level) }),
    qap: qap(synchrony, performance, relabellings, [given]),
  };
}

/** Numbers of samples, if they are known of all pairs and differ. */
function differingSamples(pairs: readonly ModelPair[]): number[] | undefined {
  const counts = pairs.flatMap(({ samples }) => samples ?? []);
  return counts.length === pairs.length && new Set(counts).size > 1 ? counts : undefined;
}

function givenSamples(
  pairs: readonly ModelPair[],
  relabellings: Relabellings,
  level?: number,
): PairCorrelation | null {
  const counts = differingSamples(pairs);
  return counts ? partialOf(pairs, counts.map(Math.log), relabellings, level) : null;
}

const leveled = (level: number | undefined) => (level === undefined ? {} : { level });

function leaveOneOut(pairs: readonly ModelPair[], level?: number) {
  const models = [...new Set(pairs.flatMap(({ models }) => models))];
  return models.map((model) => {
    const rest = pairs.filter(({ models }) => !models.includes(model));
    const values = [
      rest.map((pair) => pair.models),
      rest.map(({ synchrony }) => synchrony),
      rest.map(({ performance }) => performance),
    ] as const;
    return {
      model,
      correlation: rest.length < 3 ? null : correlateOverModels(...values, leveled(level)),
    };
  });
}

function byDimension(pairs: readonly ModelPair[], level?: number) {
  const synchrony = pairs.map((pair) => pair.synchrony);
  const names = pairs.map(({ models }) => models);
  const found = sharedValues(pairs, 'dimensions').map(({ name, values }) => ({
    name,
    correlation: pairs.length < 3 ? null : correlateOverModels(names, synchrony, values, leveled(level)),
  }));
  const tested = found.flatMap(({ name, correlation }) =>
    correlation && !Number.isNaN(correlation.p) ? [{ name, p: correlation.p }] : [],
  );
  const adjusted = benjaminiHochberg(tested.map(({ p }) => p));
  const adjustedOf = new Map(tested.map(({ name }, i) => [name, adjusted[i]]));
  return found.map((entry) => ({ ...entry, adjustedP: adjustedOf.get(entry.name) ?? Number.NaN }));
}

function warningsOf(
  analysis: Omit<GroupCorrelation, 'warnings'>,
  { orders, models }: Relabellings,
  counts: readonly number[] | undefined,
): string[] {
  const { pairs, pearson: plain, partial, dimensions } = analysis;
  const n = pairs.length;
  const warnings: string[] = [];
  const say = (isSo: boolean, text: string) => {
    if (isSo) warnings.push(text);
  };
  if (n < 3) return [`n = ${n}: a correlation needs 3 pairs at least`];
  const df = plain.correlation?.df ?? 0;
  say(n === 3, 'n = 3: one degree of freedom, so p says little');
  const look = plain.correlation?.interval ? '; see the interval before r' : '';
  say(n > 3 && n < FEW, `n = ${n}: ${df} degrees of freedom${look}`);
  if (plain.correlation?.interval === null && !Number.isNaN(plain.correlation.r))
    say(true, noInterval(models));
  if (counts) say(true, unequalSamples(counts));
  say(n === 3 && partial.length > 0, 'n = 3: a partial correlation needs 4 pairs at least');
  say(n === 4 && partial.length > 0, 'n = 4: partial correlations have one degree of freedom');
  say(
    Number.isNaN(plain.correlation?.r),
    'synchrony or performance is the same for all pairs: there is no r',
  );
  for (const { given, correlation } of partial)
    say(
      Number.isNaN(correlation?.r),
      `${given} explains synchrony or performance completely: there is no partial r`,
    );
  const constant = dimensions
    .filter(({ correlation }) => Number.isNaN(correlation?.r))
    .map(({ name }) => name);
  say(
    constant.length > 0 && !Number.isNaN(plain.correlation?.r),
    `the same for all pairs, so without r: ${constant.join(', ')}`,
  );
  say(
    orders.length === 0,
    'no other labelling of the models turns these pairs into the same pairs: no permutation test',
  );
  say(
    orders.length > 0 && 1 / (orders.length + 1) > 0.05,
    `there are ${orders.length + 1} labellings of the models: p by permutation cannot be below ${Number((1 / (orders.length + 1)).toPrecision(3))}`,
  );
  return warnings;
}

function noInterval(models: number): string {
  const why =
    models < FEWEST_MODELS
      ? `${models} model${models === 1 ? '' : 's'}, and it takes ${FEWEST_MODELS}`
      : 'without one of the models too few pairs are left';
  return `there is no interval: ${why}`;
}

function unequalSamples(counts: readonly number[]): string {
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)].map(Math.round);
  return `the pairs have ${fewest} to ${most} samples a direction, and SyncR² grows with their number: see r given log n, or take samples: equal`;
}
