// What the judge said: per model and dimension, per pair, and beside a transcript.

import { overallScore } from '../../evaluation/dimensions.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { decimals } from '../../figures/number-text.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup } from '../page/html.ts';
import { toyNames } from '../page/prose.ts';
import type { ReportInput } from '../page/types.ts';

/** Mean and standard error over episodes; the error is NaN below two. */
export interface MeanScore {
  readonly mean: number;
  readonly standardError: number;
  readonly n: number;
}

/** Throws nothing; no values have mean NaN. */
export function meanScore(values: readonly number[]): MeanScore {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: n > 1 ? Math.sqrt(squares / (n - 1) / n) : Number.NaN, n };
}

interface Group {
  readonly name: string;
  /** By dimension, `overall` last. */
  readonly scores: ReadonlyMap<string, MeanScore>;
  readonly failed: number;
}

type Judged = Extract<Judgement, { status: 'judged' }>;
const isJudged = (judgement: Judgement): judgement is Judged => judgement.status === 'judged';

function dimensionNames(judgements: readonly Judgement[]): string[] {
  return [...new Set(judgements.flatMap(({ dimensions }) => dimensions.map(({ name }) => name)))];
}

/** A model's scores over the episodes it took part in, in either seat; in both it counts once per seat. */
function byModel(judgements: readonly Judgement[], models: readonly string[]): Group[] {
  const names = dimensionNames(judgements);
  return models.map((name) => {
    const mine = judgements.filter((judgement) => judgement.models.includes(name));
    const own = mine
      .filter(isJudged)
      .flatMap(({ agents, models: seats }) => agents.filter((_, seat) => seats[seat] === name));
    const scores = new Map(
      names.map((dimension) => [
        dimension,
        meanScore(own.flatMap(({ scores: all }) => all[dimension] ?? [])),
      ]),
    );
    scores.set('overall', meanScore(own.map(overallScore)));
    return { name, scores, failed: mine.filter((judgement) => !isJudged(judgement)).length };
  });
}

/** A pair's overall: mean over interactions, seeds and both seat orders of the mean of both agents (docs/method.md §8). */
export function pairScores(
  judgements: readonly Judgement[],
  pair: readonly [string, string],
): MeanScore & { readonly failed: number } {
  const key = pair.toSorted().join('+');
  const own = judgements.filter(({ models }) => models.toSorted().join('+') === key);
  const overall = own
    .filter(isJudged)
    .map(({ agents }) => (overallScore(agents[0]) + overallScore(agents[1])) / 2);
  return { ...meanScore(overall), failed: own.length - overall.length };
}

const words = (name: string) => name.replaceAll('_', ' ');

function withError({ mean, standardError, n }: MeanScore): string {
  if (n === 0) return '–';
  return n > 1 ? `${decimals(mean, 2)} ± ${decimals(standardError, 2)}` : decimals(mean, 2);
}

/** Unordered pairs in the order in which they are shown elsewhere. */
function pairsIn(input: ReportInput): [string, string][] {
  const pairs = new Map(input.pairs.map(({ models }) => [models.join('+'), [...models] as [string, string]]));
  return [...pairs.values()];
}

export function evaluationSection(input: ReportInput): Markup | null {
  const { judgements = [] } = input;
  if (judgements.length === 0) return null;
  const names = [...dimensionNames(judgements), 'overall'];
  const groups = byModel(
    judgements,
    input.models.map(({ name }) => name),
  );
  const judges = [...new Set(judgements.map(({ judge }) => judge))].join(', ');
  const failed = judgements.filter((judgement) => !isJudged(judgement)).length;
  const toys = toyNames(input).length > 0 ? ' The embedded models are toys; so are their scores.' : '';
  return html`
<section id="evaluation">
<h2>How well they did</h2>
<p>${judges === 'rule' ? 'Scores by rule, of what a program can read off a transcript' : `Scores by ${judges}`}; simulation seeds ${input.simulation.seeds.join(', ')}. ${judgements.length - failed} episodes judged${failed > 0 ? `, ${failed} more failed and count nowhere` : ', none failed'}. n counts a model’s
parts in episodes; ± is the standard error over them, as if they were independent.${toys}</p>
<div class="scroll"><table>
<thead><tr><th scope="col">dimension</th>${groups.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${names.map(
  (
    dimension,
  ) => html`<tr><th scope="row">${words(dimension)}</th>${groups.map(({ scores }) => html`<td>${withError(scores.get(dimension)!)}</td>`)}</tr>
`,
)}<tr><th scope="row">n</th>${groups.map(({ scores }) => html`<td>${scores.get('overall')!.n}</td>`)}</tr>
<tr><th scope="row">failed episodes</th>${groups.map(({ failed: count }) => html`<td>${count}</td>`)}</tr>
</tbody></table></div>
<ul>${pairsIn(input).map((pair) => {
    const score = pairScores(judgements, pair);
    return html`<li>${pair[0]} and ${pair[1]}: overall ${withError(score)}, n = ${score.n} episodes over both seat orders${score.failed > 0 ? `, ${score.failed} failed` : ''}</li>`;
  })}</ul>
<p class="source"><a href="tables/scores-models.csv">Scores by model</a>, <a href="tables/scores-pairs.csv">by pair</a>,
<a href="tables/scores-episodes.csv">by episode</a> (CSV).</p>
<dl>${(judgements[0]?.dimensions ?? []).map(({ name, low, high, description }) => html`<dt>${words(name)}, ${low} to ${high}</dt><dd>${description}</dd>`)}</dl>
</section>`;
}

/** Scores beside a transcript, with the judge's reasons where there are any. */
export function scoresTable(judgement: Judgement): Markup {
  if (judgement.status === 'failed')
    return html`<p class="note">Not judged: ${judgement.judge} failed (${judgement.failure}).</p>`;
  const [a, b] = judgement.agents;
  const cell = (agent: typeof a, name: string) =>
    html`<td>${agent.scores[name] ?? '–'}${agent.reasons?.[name] && html`<div class="note" dir="auto">${agent.reasons[name]}</div>`}</td>`;
  return html`
<div class="scroll"><table>
<thead><tr><th scope="col">judged by ${judgement.judge}</th><th scope="col">A</th><th scope="col">B</th></tr></thead>
<tbody>${judgement.dimensions.map(({ name }) => html`<tr><th scope="row">${words(name)}</th>${cell(a, name)}${cell(b, name)}</tr>`)}</tbody>
</table></div>`;
}

/** Tables by path; none without judgements. */
export function evaluationTables(input: ReportInput): ReadonlyMap<string, string> {
  const { judgements = [] } = input;
  if (judgements.length === 0) return new Map();
  const names = dimensionNames(judgements);
  const models = byModel(
    judgements,
    input.models.map(({ name }) => name),
  ).flatMap(({ name, scores, failed }) =>
    [...scores].map(([dimension, { mean, standardError, n }]): CsvValue[] => [
      name,
      dimension,
      mean,
      standardError,
      n,
      failed,
    ]),
  );
  const pairs = pairsIn(input).map((pair): CsvValue[] => {
    const { mean, standardError, n, failed } = pairScores(judgements, pair);
    return [...pair, mean, standardError, n, failed];
  });
  const episodes = judgements.flatMap((judgement) =>
    [0, 1].map((seat): CsvValue[] => {
      const agent = judgement.status === 'judged' ? judgement.agents[seat]! : undefined;
      const [a, b] = judgement.models;
      const who = [judgement.interaction, a, b, judgement.seed, 'AB'[seat]!, judgement.judge];
      const overall = agent ? overallScore(agent) : null;
      return [...who, ...names.map((name) => agent?.scores[name] ?? null), overall, judgement.status];
    }),
  );
  const who = ['interaction', 'model_a', 'model_b', 'seed', 'agent', 'judge'];
  const score = ['mean', 'standard_error', 'n', 'failed_episodes'];
  return new Map([
    ['tables/scores-models.csv', encodeCsv(['model', 'dimension', ...score], models)],
    ['tables/scores-pairs.csv', encodeCsv(['model_1', 'model_2', ...score], pairs)],
    ['tables/scores-episodes.csv', encodeCsv([...who, ...names, 'overall', 'status'], episodes)],
  ]);
}
