// The figures of what SyncR² depends on: the paper's Figures 7, 8 and 9, and choices that it does not look at.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { curves } from '../../figures/curves.ts';
import { type EstimateDot, estimateDots } from '../../figures/estimate-dots.ts';
import { type FigureSpec, layerTicks } from '../../figures/spec.ts';
import type { Figure } from '../section.ts';
import type { Shared } from '../shared.ts';
import { sharedNotes } from '../synchrony/figure-notes.ts';
import { interactiveResults, madeWith } from '../synchrony/measures.ts';
import { bestAlone, type Choices, choiceRows, madeWithOf } from './choices.ts';
import { lambdaCurves, ratioCurves, sizeCurve, topKCurve } from './curves.ts';
import { pairParts } from './parts.ts';

/** Figures by stem, each of what there is. */
export function choiceFigures(choices: Choices, shared: Shared): Figure[] {
  const specs: [string, FigureSpec | undefined][] = [
    ['sensitivity+top-k', topKFigure(choices, shared)],
    ['sensitivity+clamp', clampFigure(choices, shared)],
    ['sensitivity+sample-size', sizeFigure(choices, shared)],
    ['sensitivity+lambda', lambdaFigure(choices, shared)],
    ['sensitivity+choices', choiceFigure(choices, shared)],
  ];
  return specs.flatMap(([stem, spec]): Figure[] => (spec ? [[stem, spec]] : []));
}

function topKFigure({ aggregation, measures }: Choices, shared: Shared): FigureSpec | undefined {
  const pairs = pairParts(aggregation, shared);
  const [first] = pairs;
  if (!first) return undefined;
  const conditions = first.directions[0]?.result.conditions.map(({ condition }) => condition) ?? [];
  // One pair leaves room for all its conditions.
  const several = pairs.length === 1 && conditions.length > 1;
  const series = several
    ? conditions.map((condition) => ({ ...topKCurve(first, condition, true), name: condition }))
    : pairs.map((pair) => topKCurve(pair, INTERACTIVE, true));
  const which = { pairs: pairs.length };
  const notes = sharedNotes(madeWithOf(aggregation, measures), shared, which).map((note) =>
    several ? note.replace(', condition interactive', `, ${first.name}`) : note,
  );
  return curves(
    series,
    {
      title: 'k: target layers that are averaged',
      values: layerTicks(Math.max(...series.map(({ points }) => points.length))),
    },
    { title: 'Mean of the k best target layers', notes: [...notes, 'k = 1 is SyncR²'] },
  );
}

function clampFigure({ aggregation, measures }: Choices, shared: Shared): FigureSpec | undefined {
  const pairs = pairParts(aggregation, shared);
  const dots = pairs.flatMap((pair) =>
    [true, false].flatMap((clamp): EstimateDot[] => {
      const found = bestAlone(pair, clamp);
      const name = clamp ? 'layers below 0 count as 0 (SyncR²)' : 'layers below 0 count as they are';
      return found ? [{ row: pair.name, name, value: found.value, error: found.standardError }] : [];
    }),
  );
  if (dots.length === 0) return undefined;
  const notes = sharedNotes(madeWithOf(aggregation, measures), shared, { pairs: pairs.length });
  return estimateDots(dots, { title: 'With and without clamping at 0', notes });
}

/** Of one pair by training rows per dimension, with the training rows' own R²; of several by samples. */
function sizeFigure(choices: Choices, shared: Shared): FigureSpec | undefined {
  const [pair, ...others] = pairParts(choices.sizes, shared);
  const series = pair && others.length === 0 ? ratioCurves(pair) : [];
  if (series.every(({ points }) => points.length < 2)) return samplesFigure(choices, shared);
  const values = [
    ...new Set(series.flatMap(({ points }) => points.map(({ x }) => Number(x.toPrecision(2))))),
  ];
  const dimensions = pair?.directions[0]?.result.dimensions;
  return curves(
    series,
    {
      title: `training rows per dimension of the source (D = ${dimensions})`,
      log: true,
      ...(values.length <= 8 && { values }),
    },
    {
      title: 'With fewer samples',
      notes: [
        ...sharedNotes(madeWithOf(choices.sizes, choices.measures), shared, { n: false, lambda: false }),
        'training rows: R² of the rows that the maps were fitted to, first split',
      ],
    },
  );
}

function samplesFigure({ sizes, measures }: Choices, shared: Shared): FigureSpec | undefined {
  const series = pairParts(sizes, shared).map(sizeCurve);
  if (series.every(({ points }) => points.length < 2)) return undefined;
  const values = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => Math.round(x))))];
  return curves(
    series,
    { title: 'samples, n (training and test)', log: true, ...(values.length <= 8 && { values }) },
    {
      title: 'With fewer samples',
      notes: sharedNotes(madeWithOf(sizes, measures), shared, { n: false, pairs: series.length }),
    },
  );
}

function lambdaFigure({ measures }: Choices, shared: Shared): FigureSpec | undefined {
  const series = lambdaCurves(measures, shared);
  if (series.length === 0) return undefined;
  const chosen = series.some(({ apart }) => apart);
  return curves(
    series,
    {
      title: 'ridge penalty, λ',
      log: true,
      values: [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))],
    },
    {
      title: 'With other ridge penalties',
      notes: [
        ...sharedNotes(interactiveResults(measures).map(madeWith), shared, {
          lambda: false,
          pairs: series.length,
        }),
        ...(chosen
          ? ['diamond: λ by cross-validation for each split and source layer, at the median choice']
          : []),
      ],
    },
  );
}

function choiceFigure(choices: Choices, shared: Shared): FigureSpec | undefined {
  const rows = choiceRows(choices, shared);
  const dots = rows.flatMap(({ name, estimates }) =>
    estimates.map(({ what, value, standardError }) => ({
      row: name,
      name: what,
      value,
      error: standardError,
    })),
  );
  if (dots.length === 0) return undefined;
  const { targets, weights, measures } = choices;
  const numbers = madeWithOf([...targets, ...weights], measures);
  const notes = sharedNotes(numbers, shared, { pairs: rows.length });
  return estimateDots(dots, { title: 'Other choices of the measure', notes });
}
