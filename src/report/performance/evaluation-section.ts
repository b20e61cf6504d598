// What the judge said: per model and dimension, and per pair.

import { overallScore } from '../../evaluation/dimensions.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { gatherJudgements } from '../episodes/gather-transcripts.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup } from '../page/html.ts';
import { toyNames } from '../page/toys.ts';
import { section, type TextFile } from '../section.ts';
import type { ModelNames, Shared } from '../shared.ts';
import {
  byModel,
  dimensionNames,
  isJudged,
  type ModelScores,
  pairScores,
  scoreText,
  words,
} from './scores.ts';

export const evaluation = section({
  id: 'evaluation',
  title: 'How well they did',
  needs: ['judgements'],
  gather: gatherJudgements,
  tables: (judgements, shared) => (judgements.length === 0 ? [] : tables(judgements, shared)),
  body: (judgements, shared) => (judgements.length === 0 ? null : body(judgements, shared)),
});

function scoresOf(judgements: readonly Judgement[], { models }: Shared): ModelScores[] {
  return byModel(
    judgements,
    models.map(({ name }) => name),
  );
}

function body(judgements: readonly Judgement[], shared: Shared): Markup {
  const toys = toyNames(shared).length > 0 ? ' The embedded models are toys; so are their scores.' : '';
  const [first] = judgements;
  return html`
<section id="evaluation">
<h2>How well they did</h2>
<p>${judgesText(judgements)}; simulation seeds ${shared.simulation.seeds.join(', ')}. ${countText(judgements)}. n counts a model’s
parts in episodes; ± is the standard error over them, as if they were independent.${toys}</p>
${modelTable(judgements, shared)}
<ul>${shared.pairs.map((pair) => pairItem(pair, judgements))}</ul>
<p class="source"><a href="tables/scores-models.csv">Scores by model</a>, <a href="tables/scores-pairs.csv">by pair</a>,
<a href="tables/scores-episodes.csv">by episode</a> (CSV).</p>
<dl>${(first?.dimensions ?? []).map(({ name, low, high, description }) => html`<dt>${words(name)}, ${low} to ${high}</dt><dd>${description}</dd>`)}</dl>
</section>`;
}

function judgesText(judgements: readonly Judgement[]): string {
  const judges = [...new Set(judgements.map(({ judge }) => judge))].join(', ');
  return judges === 'rule'
    ? 'Scores by rule, of what a program can read off a transcript'
    : `Scores by ${judges}`;
}

function countText(judgements: readonly Judgement[]): string {
  const judged = judgements.filter(isJudged).length;
  const failed = judgements.length - judged;
  return `${judged} episodes judged${failed > 0 ? `, ${failed} more failed and count nowhere` : ', none failed'}`;
}

/** A row per dimension, a column per model. */
function modelTable(judgements: readonly Judgement[], shared: Shared): Markup {
  const models = scoresOf(judgements, shared);
  const row = (head: string, cell: (model: ModelScores) => string | number) =>
    html`<tr><th scope="row">${head}</th>${models.map((model) => html`<td>${cell(model)}</td>`)}</tr>
`;
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">dimension</th>${models.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${[...dimensionNames(judgements), 'overall'].map((dimension) =>
  row(words(dimension), ({ scores }) => scoreText(scores.get(dimension))),
)}${row('n', ({ scores }) => scores.get('overall')?.n ?? 0)}${row('failed episodes', ({ failed }) => failed)}</tbody></table></div>`;
}

function pairItem(pair: ModelNames, judgements: readonly Judgement[]): Markup {
  const score = pairScores(judgements, pair);
  const failed = score.failed > 0 ? `, ${score.failed} failed` : '';
  const orders = pair[0] === pair[1] ? 'with itself' : 'over both seat orders';
  return html`<li>${pair[0]} and ${pair[1]}: overall ${scoreText(score)}, n = ${score.n} episodes ${orders}${failed}</li>`;
}

const SCORE = ['mean', 'standard_error', 'n', 'failed_episodes'];

function tables(judgements: readonly Judgement[], shared: Shared): TextFile[] {
  const models = scoresOf(judgements, shared).flatMap(({ name, scores, failed }) =>
    [...scores].map(([dimension, { mean, standardError, n }]): CsvValue[] => [
      ...[name, dimension, mean, standardError, n, failed],
    ]),
  );
  const pairs = shared.pairs.map((pair): CsvValue[] => {
    const { mean, standardError, n, failed } = pairScores(judgements, pair);
    return [...pair, mean, standardError, n, failed];
  });
  return [
    ['tables/scores-models.csv', encodeCsv(['model', 'dimension', ...SCORE], models)],
    ['tables/scores-pairs.csv', encodeCsv(['model_1', 'model_2', ...SCORE], pairs)],
    ['tables/scores-episodes.csv', episodesCsv(judgements)],
  ];
}

/** Two rows of each episode, an agent each; a judgement that failed has no scores. */
function episodesCsv(judgements: readonly Judgement[]): string {
  const names = dimensionNames(judgements);
  const who = ['interaction', 'model_a', 'model_b', 'seed', 'agent', 'judge'];
  const rows = judgements.flatMap((judgement) =>
    (['A', 'B'] as const).map((seat): CsvValue[] => {
      const agent = isJudged(judgement) ? judgement.agents[seat === 'A' ? 0 : 1] : undefined;
      const { interaction, models, seed, judge, status } = judgement;
      const overall = agent ? overallScore(agent) : null;
      return [
        ...[interaction, ...models, seed, seat, judge],
        ...[...names.map((name) => agent?.scores[name] ?? null), overall, status],
      ];
    }),
  );
  return encodeCsv([...who, ...names, 'overall', 'status'], rows);
}
