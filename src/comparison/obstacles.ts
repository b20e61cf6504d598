// Why two numbers cannot be compared: everything in which SyncR² was made otherwise, and which changes it by itself.

import { recordedText } from '../figures/number-text.ts';
import { samePair } from '../report/shared.ts';
import type { ReportSource } from '../report/source.ts';
import type { Measures, PairResult } from '../report/synchrony/measures.ts';
import { seedsAndFolds } from '../synchrony/results.ts';
import type { Lambda, SynchronyResult } from '../synchrony/types.ts';

interface Side {
  readonly source: ReportSource;
  readonly measures: Measures;
}

/** The results that a pair's number is the mean of. */
function resultsOf({ measures: { orders } }: Side, { models, condition }: PairResult): SynchronyResult[] {
  return orders
    .filter((order) => order.condition === condition && samePair(order.models, models))
    .toSorted((x, y) => (x.models.join('+') < y.models.join('+') ? -1 : 1))
    .flatMap(({ directions }) => directions);
}

const range = (values: readonly number[]) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? String(low) : `${low} to ${high}`;
};

const distinct = (values: readonly string[]) => [...new Set(values)].join(' and ');

/** How the rows were divided: `interaction; seeds 0, 1, 2; 20 % held out`. */
function splitsText(results: readonly SynchronyResult[]): string {
  return distinct(
    results.map(({ groupBy, splits }) => {
      const { splitSeeds, folds } = seedsAndFolds(splits);
      return `by ${groupBy}, ${folds === undefined ? 'draws' : `${folds} folds`} of seeds ${splitSeeds.join(', ')}`;
    }),
  );
}

const heldOut = (results: readonly SynchronyResult[]) =>
  results.flatMap(({ splits }) =>
    splits.map(({ testSamples, trainSamples }) => testSamples / (testSamples + trainSamples)),
  );

/** Names of the interactions that the samples can be of. */
const interactionsOf = ({ source: { encounters } }: Side) =>
  encounters
    .map(({ interaction }) => interaction.id)
    .sort()
    .join('\n');

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How the share of held-out rows may differ, since draws take whole groups. */
const SHARE_TOLERANCE = 0.02;

/**
 * Everything that stands between two numbers of one pair and condition, a sentence without its full stop each.
 *
 * @param lambdas of the two numbers
 * @returns none if they can be compared
 */
export function obstaclesOf(
  pair: PairResult,
  sides: readonly [Side, Side],
  lambdas: readonly [Lambda, Lambda],
): string[] {
  const [a, b] = [resultsOf(sides[0], pair), resultsOf(sides[1], pair)];
  const both = (values: readonly [string, string]) => values.join(' and ');
  const different = (what: string, values: readonly [string, string], why = '') =>
    values[0] === values[1] ? [] : [`${what}: ${both(values)}${why}`];
  const counts = [a, b].map((results) => results.map(({ samples }) => samples));
  const [n = [], m = []] = counts;
  const sameShare = Math.abs(meanOf(heldOut(a)) - meanOf(heldOut(b))) < SHARE_TOLERANCE;
  const reduced = (results: readonly SynchronyResult[]) =>
    distinct(
      results.map((one) => (one.reduced ? `${one.reduced.asked} principal components` : 'whole layers')),
    );
  const recorded = (results: readonly SynchronyResult[]) => distinct(results.flatMap(recordedText)) || 'all';
  const position = ({ source: { study } }: Side) => study.states.position;
  const drop = ({ source: { study } }: Side) => study.synchrony.drop ?? 'no';
  return [
    ...modelObstacles(pair, sides),
    ...different('λ', [String(lambdas[0]), String(lambdas[1])]),
    ...(n.join() === m.join()
      ? []
      : [
          `n: ${range(n)} and ${range(m)} samples, and SyncR² grows with n; as many in both (synchrony.samples: N, at most ${Math.min(...n, ...m)}) make them comparable`,
        ]),
    ...different('groups and splits', [splitsText(a), splitsText(b)]),
    ...(sameShare
      ? []
      : [`held-out share: ${meanOf(heldOut(a)).toFixed(2)} and ${meanOf(heldOut(b)).toFixed(2)}`]),
    ...(interactionsOf(sides[0]) === interactionsOf(sides[1])
      ? []
      : ['the interactions that were played are not the same']),
    ...different('layers', [reduced(a), reduced(b)]),
    ...different('recorded layers', [recorded(a), recorded(b)]),
    ...different('turns left out', [drop(sides[0]), drop(sides[1])]),
    ...different('states', [position(sides[0]), position(sides[1])]),
    ...different('solver', [
      distinct(a.map(({ solver }) => solver)),
      distinct(b.map(({ solver }) => solver)),
    ]),
  ];
}

/** Models of one name that are not the same: their depth and width change SyncR² as much as how they talk. */
function modelObstacles({ models }: PairResult, [a, b]: readonly [Side, Side]): string[] {
  return [...new Set(models)].flatMap((name) => {
    const [one, other] = [a, b].map(({ source }) => source.manifest.models[name]);
    if (!one || !other || one.revision === other.revision) return [];
    const shape = ({ id, layers, hiddenSize }: typeof one) => `${id} (${layers} layers of ${hiddenSize})`;
    return [`${name} is not the same model: ${shape(one)} and ${shape(other)}`];
  });
}
