// What was run: models, scenarios, settings, how the episodes went, machine and versions.

import { decimals, lambdaText, percent, rangeText } from '../../figures/number-text.ts';
import { MEASURE } from '../../studies/stages/measure.ts';
import type { Reduction } from '../../synchrony/types.ts';
import { type EpisodeStatistics, episodeStatistics } from '../episodes/episode-statistics.ts';
import { gatherEpisodes } from '../episodes/gather-transcripts.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import type { ModelNames, ReportModel, Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { layersText } from '../synchrony/figure-notes.ts';

/** How the episodes of a seat order went, which are measured under a condition. */
interface PlayedOrder {
  readonly models: ModelNames;
  readonly condition: string;
  readonly episodes: EpisodeStatistics;
}

/** How many samples the measures have that can be shown, and how many cannot. */
interface MeasuredSamples {
  /** Principal components of both sides, where layers were reduced. */
  readonly reduced: readonly Reduction[];
  readonly counts: readonly number[];
  readonly without: number;
}

interface WhatWasRun {
  readonly orders: readonly PlayedOrder[];
  readonly measured: MeasuredSamples;
}

const POSITION_TEXTS: Readonly<Record<Shared['states']['position'], string>> = {
  last: 'at the last token of the prompt',
  'mean-of-heard':
    'the mean over the tokens of what the partner said last, in place of the last token of the prompt',
  'mean-of-own': 'the mean over the tokens of the own last line, in place of the last token of the prompt',
};

export const settings = section({
  id: 'run',
  title: 'What was run',
  needs: ['episodes', 'measure'],
  gather: async (source: ReportSource): Promise<WhatWasRun> => ({
    orders: await gatherOrders(source),
    measured: await gatherSamples(source),
  }),
  tables: ({ orders }, shared) => [
    ['tables/models.csv', modelsCsv(shared)],
    ...(orders.length === 0 ? [] : [['tables/episodes.csv', episodesCsv(orders)] as const]),
  ],
  body,
});

async function gatherSamples(source: ReportSource): Promise<MeasuredSamples> {
  const { current, stale, missing, failed } = await source.results(MEASURE);
  return {
    counts: current.map(({ result }) => result.samples),
    reduced: current.flatMap(({ result }) => result.reduced ?? []),
    without: stale.length + missing.length + failed.length,
  };
}

/** Of every seat order with an episode; all conditions are measured on the same ones. */
async function gatherOrders(source: ReportSource): Promise<PlayedOrder[]> {
  const { all } = await gatherEpisodes(source);
  return source.orders.flatMap(({ names: models }) => {
    const own = all.filter((episode) => episode.models.join('\n') === models.join('\n'));
    const episodes = episodeStatistics(own);
    return own.length === 0
      ? []
      : source.study.conditions.map((condition): PlayedOrder => ({ models, condition, episodes }));
  });
}

function body({ orders, measured }: WhatWasRun, shared: Shared): Markup {
  return html`
<section id="run">
<h2>What was run</h2>
<h3>Models</h3>
<div class="scroll" tabindex="0"><table class="dense">
<thead><tr><th scope="col">Name</th><th scope="col">Checkpoint</th><th scope="col">Taken from</th>${hasFamilies(shared) ? html`<th scope="col">Family</th>` : null}<th scope="col">Architecture</th>
<th scope="col" class="number">Layers</th><th scope="col" class="number">D</th>
<th scope="col" class="number">Parameters</th><th scope="col" class="number">Vocabulary</th>
<th scope="col">Weights</th><th scope="col">Revision</th></tr></thead>
<tbody>${shared.models.map((model) => modelRow(model, hasFamilies(shared)))}
</tbody></table></div>
<p class="source">D is the size of the hidden state. The revision is the beginning of a SHA-256 over configuration,
weights and tokenizer. <a href="tables/models.csv">models.csv</a></p>
<h3>Settings</h3>
${settingsList(shared, measured)}
<h3>Episodes</h3>
${orders.length === 0 ? html`<p>None is played yet.</p>` : episodeTable(orders)}
</section>`;
}

/** Whether the study puts any model into a family. */
const hasFamilies = ({ models }: Shared) => models.some(({ family }) => family !== undefined);

/** The names under which models stand everywhere, and what they stand for (the paper's Table 3). */
function modelsCsv({ models }: Shared): string {
  const header = ['name', 'checkpoint', 'taken_from', 'family', 'architecture', 'layers', 'hidden_size'];
  const rows = models.map(({ name, info, source, family }): CsvValue[] => [
    ...[name, info.id, source ?? null, family ?? null, info.architecture, info.layers, info.hiddenSize],
    ...[info.parameters, info.vocabSize, info.dtype, info.revision, info.toy],
  ]);
  return encodeCsv([...header, 'parameters', 'vocabulary', 'weights', 'revision', 'toy'], rows);
}

const UNKNOWN = '–';

/** Of a model on a server not everything is known. */
const known = (count: number) => (count === 0 ? UNKNOWN : count);

function modelRow({ name, info, source, family }: ReportModel, families: boolean): Markup {
  return html`
<tr><th scope="row">${name}${info.toy && ' (toy)'}</th><td class="name">${info.id}</td><td class="name">${source ?? '–'}</td>${
    families ? html`<td>${family ?? '–'}</td>` : null
  }<td>${info.architecture}</td>
<td class="number">${known(info.layers)}</td><td class="number">${known(info.hiddenSize)}</td>
<td class="number">${info.parameters === 0 ? UNKNOWN : parametersText(info.parameters)}</td><td class="number">${known(info.vocabSize)}</td>
<td>${info.dtype}</td><td><code>${info.revision.slice(0, 12)}</code></td></tr>`;
}

function settingsList(shared: Shared, measured: MeasuredSamples): Markup {
  const { scenarios, simulation, synchrony, conditions, versions, machine } = shared;
  const rows: readonly (readonly [string, string])[] = [
    [
      'Scenarios',
      `${scenarios.source}: ${scenarios.scenarios} scenarios, ${scenarios.interactions} interactions`,
    ],
    ['Simulation seeds', simulation.seeds.join(', ')],
    ['Rounds', `at most ${simulation.rounds}`],
    ['Decoding', decodingText(simulation)],
    ['Prompts', promptsText(shared.prompts)],
    ['Conditions', conditions.join(', ')],
    ...stateRows(shared.states),
    ['Samples', `${samplesText(synchrony, measured)}, ${heldOut(synchrony)}, groups by ${synchrony.groupBy}`],
    ...(synchrony.drop ? [['Left out', 'samples of which a turn repeats an earlier one'] as const] : []),
    ...reducedRows(measured),
    ['Split seeds', synchrony.splitSeeds.join(', ')],
    ['Ridge', ridgeText(synchrony)],
    [
      'Versions',
      `interbrain ${versions.interbrain}, Node.js ${versions.node}, ONNX Runtime ${versions.onnxruntime}`,
    ],
    ['Machine', `${machine.cpu}, ${machine.cores} cores, ${gibibytes(machine.memoryBytes)} of memory`],
    ...shared.models.flatMap(({ name, info }) =>
      (info.notes ?? []).map((note) => [`Prompts of ${name}`, note] as const),
    ),
  ];
  return html`<dl>${rows.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl>`;
}

/** No row for the paper's states as they are. */
function stateRows({ layers, position, values }: Shared['states']): (readonly [string, string])[] {
  const where = POSITION_TEXTS[position];
  const kept = values === 'F16' ? ['kept as 16-bit floats'] : [];
  const which = layers === 'all' ? [] : [layersText(layers)];
  const parts = [...which, ...(position === 'last' ? [] : [where]), ...kept];
  return parts.length === 0 ? [] : [['States', parts.join('; ')]];
}

function ridgeText({ lambda, otherLambdas = [] }: Shared['synchrony']): string {
  const beside = otherLambdas.length > 0 ? `; beside it ${lambdaText(otherLambdas)}` : '';
  return `${lambdaText([lambda])}, intercept unpenalised${beside}`;
}

function heldOut({ test, folds }: Shared['synchrony']): string {
  return folds === undefined
    ? `${percent(test, 4)} of them held out`
    : `${folds} folds, each held out once per split seed`;
}

/** How many principal components the measures were made on; no row where they were made on the layers as they are. */
function reducedRows({ reduced }: MeasuredSamples): (readonly [string, string])[] {
  const [first] = reduced;
  if (first === undefined) return [];
  const counts = rangeText(reduced.flatMap(({ source, target }) => [source, target]));
  return [
    ['Reduced', `to at most ${first.asked} principal components of the training rows, ${counts} found`],
  ];
}

/** What the study asks for, and what the measures have where that is another thing. */
function samplesText({ samples }: Shared['synchrony'], { counts, without }: MeasuredSamples): string {
  if (typeof samples === 'number') return `${samples} per direction`;
  if (counts.length === 0) return samples;
  const n = rangeText(counts);
  if (samples === 'all') return `all (${n} per direction)`;
  const lacking = without > 0 ? ` (${without} of ${counts.length + without} measures are not shown)` : '';
  return `equal: ${n} per direction, the largest number that all measures have${lacking}`;
}

/** What models were told in, by the manifest. */
function promptsText(prompts: Shared['prompts']): string {
  if (prompts === undefined) return 'not recorded';
  const { style, wording, sha256, own } = prompts;
  const keep = Object.entries(own).map(
    ([name, words]) => `${name}: ${words.wording} (${words.sha256.slice(0, 12)})`,
  );
  const all = keep.length > 0 && keep.length === prompts.models;
  return [...(all ? [] : [`${style}, ${wording} (${sha256.slice(0, 12)})`]), ...keep].join('; ');
}

function decodingText(simulation: Shared['simulation']): string {
  const { temperature, maxNewTokens, topK, topP, minP, repetitionPenalty, stop } = simulation;
  const parts = [`temperature ${temperature}`, `at most ${maxNewTokens} tokens an utterance`];
  if (topK !== undefined) parts.push(`top-k ${topK}`);
  if (topP !== undefined) parts.push(`top-p ${topP}`);
  if (minP !== undefined) parts.push(`min-p ${minP}`);
  if (repetitionPenalty !== undefined) parts.push(`repetition penalty ${repetitionPenalty}`);
  if (stop !== undefined) parts.push(`stops at ${stop.map((text) => JSON.stringify(text)).join(', ')}`);
  return parts.join(', ');
}

function episodeTable(orders: readonly PlayedOrder[]): Markup {
  return html`
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">A, B</th><th scope="col">Condition</th><th scope="col" class="number">Episodes</th>
<th scope="col" class="number">Mean rounds</th><th scope="col" class="number">A left</th>
<th scope="col" class="number">B left</th><th scope="col" class="number">Rounds over</th>
<th scope="col" class="number">Median prompt</th><th scope="col">Put right</th></tr></thead>
<tbody>${orders.map(episodeRow)}
</tbody></table></div>
<p class="source">Prompts in tokens. “Put right” counts utterances.
<a href="tables/episodes.csv">episodes.csv</a></p>`;
}

function episodeRow({ models, condition, episodes }: PlayedOrder): Markup {
  const notes = Object.entries(episodes.notes).map(([note, count]) => `${note}: ${count}`);
  const { endings } = episodes;
  return html`
<tr><th scope="row">${models.join(', ')}</th><td>${condition}</td><td class="number">${episodes.episodes}</td>
<td class="number">${decimals(episodes.meanRounds, 2)}</td><td class="number">${endings['A left']}</td>
<td class="number">${endings['B left']}</td><td class="number">${endings.rounds}</td>
<td class="number">${Math.round(episodes.medianPromptTokens)}</td>
<td class="words">${notes.length === 0 ? 'nothing' : `${notes.join('; ')} (of ${episodes.utterances})`}</td></tr>`;
}

function episodesCsv(orders: readonly PlayedOrder[]): string {
  const notes = [...new Set(orders.flatMap(({ episodes }) => Object.keys(episodes.notes)))].sort();
  const header = ['model_a', 'model_b', 'condition', 'episodes', 'utterances', 'mean_rounds'];
  const counted = ['median_prompt_tokens', 'a_left', 'b_left', 'rounds_over'];
  const rows = orders.map(({ models, condition, episodes }): CsvValue[] => {
    const { endings, utterances, meanRounds, medianPromptTokens } = episodes;
    return [
      ...[...models, condition, episodes.episodes, utterances, meanRounds, medianPromptTokens],
      ...[endings['A left'], endings['B left'], endings.rounds],
      ...notes.map((note) => episodes.notes[note] ?? 0),
    ];
  });
  return encodeCsv([...header, ...counted, ...notes.map((note) => `note: ${note}`)], rows);
}

/** `8.03 billion`, `1.2 million`, `54 thousand`. */
export function parametersText(parameters: number): string {
  const units = [
    [1e9, 'billion'],
    [1e6, 'million'],
    [1e3, 'thousand'],
  ] as const;
  const unit = units.find(([size]) => parameters >= size);
  return unit === undefined
    ? String(parameters)
    : `${Number((parameters / unit[0]).toPrecision(3))} ${unit[1]}`;
}

function gibibytes(bytes: number): string {
  return `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}
