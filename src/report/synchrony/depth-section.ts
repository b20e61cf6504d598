// The mean of all pairs' maps over relative depth: models of unlike depth in one picture.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import { type DepthMap, depthMap } from '../../figures/depth-map.ts';
import { DEPTHS, type MeanMap, meanOfMaps, onRelativeDepth } from '../../synchrony/relative-depth.ts';
import { encodeCsv } from '../page/csv.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { type Figure, section, type TextFile } from '../section.ts';
import { completePair, type ModelNames, type Shared } from '../shared.ts';
import { sharedNotes } from './figure-notes.ts';
import { gatherMeasures, type MadeWith, type Measures, madeWith } from './measures.ts';

const STEM = 'depth-map';

/** The map of one pair, the mean over its directions and seat orders. */
interface PairMap {
  readonly models: ModelNames;
  readonly r2: Float64Array;
  /** Of every direction. */
  readonly numbers: readonly MadeWith[];
}

export const depth = section({
  id: 'depth',
  title: 'Over relative depth',
  needs: ['measure'],
  gather: gatherMeasures,
  figures,
  tables,
  body,
});

/** Of the interactive condition; pairs of which a direction is missing are left out. None for a single pair. */
function pairMaps({ orders }: Measures, { pairs }: Pick<Shared, 'pairs'>): PairMap[] {
  const directions = orders
    .filter(({ condition }) => condition === INTERACTIVE)
    .flatMap(({ models, directions: own }) => own.map((result) => ({ models, result })));
  const found = pairs.flatMap((models): PairMap[] => {
    const own = completePair(models, directions).map(({ result }) => result);
    if (own.length === 0) return [];
    return [
      {
        models,
        r2: meanOfMaps(own.map((result) => onRelativeDepth(result))).mean,
        numbers: own.map(madeWith),
      },
    ];
  });
  return found.length > 1 ? found : [];
}

function meanOf(maps: readonly PairMap[]): MeanMap {
  return meanOfMaps(maps.map(({ r2 }) => r2));
}

/** What the numbers were made with. */
function notesOf(maps: readonly PairMap[], shared: Shared): string[] {
  const numbers = maps.flatMap((one) => one.numbers);
  const made = sharedNotes(numbers, shared, { pairs: maps.length });
  return [
    `mean over ${maps.length} pairs of models`,
    // There are no bars here.
    ...made.filter((note) => !note.startsWith('bars') && !note.startsWith('one split seed')),
    `split seeds ${numbers[0]?.splitSeeds.join(', ')}`,
  ];
}

function figures(measures: Measures, shared: Shared): Figure[] {
  const maps = pairMaps(measures, shared);
  if (maps.length === 0) return [];
  const map: DepthMap = { depths: DEPTHS, meanR2: meanOf(maps).mean };
  const key = ['interpolated between layers', 'gray: R² below 0', 'black box: best target depth'];
  const words = { title: 'R² over relative depth', notes: [...notesOf(maps, shared), ...key] };
  return [[STEM, depthMap(map, words)]];
}

function tables(measures: Measures, shared: Shared): TextFile[] {
  const maps = pairMaps(measures, shared);
  if (maps.length === 0) return [];
  const { mean, deviation } = meanOf(maps);
  const rows = Array.from(mean, (r2, cell) => [
    ...[DEPTHS[Math.floor(cell / DEPTHS.length)] ?? null, DEPTHS[cell % DEPTHS.length] ?? null],
    ...[r2, deviation[cell] ?? null, maps.length],
  ]);
  const header = ['source_depth', 'target_depth', 'r2', 'sd_over_pairs', 'pairs'];
  return [
    [`tables/${STEM}.csv`, encodeCsv(header, rows)],
    [`tables/${STEM}.json`, `${JSON.stringify(documentOf(maps), null, 2)}\n`],
  ];
}

function documentOf(maps: readonly PairMap[]) {
  const { mean, deviation } = meanOf(maps);
  const square = (values: Float64Array) =>
    DEPTHS.map((_, i) => [...values.subarray(i * DEPTHS.length, (i + 1) * DEPTHS.length)]);
  return {
    format: 'interbrain-depth-map-1',
    condition: INTERACTIVE,
    depths: DEPTHS,
    meanR2: square(mean),
    standardDeviation: square(deviation),
    pairs: maps.map(({ models, r2, numbers }) => ({
      models,
      samples: numbers.map(({ samples }) => samples),
      lambda: numbers.map(({ lambda }) => lambda),
      r2: square(r2),
    })),
  };
}

function body(measures: Measures, shared: Shared, drawn: DrawnFigures): Markup | null {
  const maps = pairMaps(measures, shared);
  if (maps.length === 0) return null;
  const caption = html`${notesOf(maps, shared).join('; ')}; pairs: ${maps.map(({ models }) => pairLabel(models)).join(', ')};
interbrain ${shared.versions.interbrain}. ${figureLinks(STEM)}, <a href="tables/${STEM}.csv">all values</a>, with each
pair’s map <a href="tables/${STEM}.json">as JSON</a>`;
  return html`
<section id="depth">
<h2>Over relative depth</h2>
<p>The maps of all pairs in one: the first layer of a model lies at 0 and its last at 1, R² is interpolated between
the recorded layers, and each pair has the same weight. A source is the speaker and a target the partner, whichever of the two models
it is. This is a mean of maps: SyncR², which takes each pair’s best layers, cannot be read off it.</p>
${figureOf(drawn, STEM, caption)}
</section>`;
}
