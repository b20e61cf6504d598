// Whether episodes in which the two are more in step are scored higher, within pairs of models and between them.

import { type EpisodePoint, episodeScatter } from '../../figures/episode-scatter.ts';
import { decimals, percent, pText } from '../../figures/number-text.ts';
import { type EpisodeEffect, type EpisodeModel, pairOf } from '../../statistics/episode-model.ts';
import { EPISODE_MODEL } from '../../studies/stages/episode-model.ts';
import { encodeCsv } from '../page/csv.ts';
import { type DrawnFigures, figureLinks, figureOf } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { toyNote } from '../page/toys.ts';
import { type Figure, section, type TextFile } from '../section.ts';
import type { Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';

const STEM = 'episodes';

export const episodeScores = section({
  id: 'episodes',
  title: 'Episode by episode',
  needs: ['episode-model'],
  gather,
  figures,
  tables,
  body,
});

async function gather(source: ReportSource): Promise<EpisodeModel | undefined> {
  const { current } = await source.results(EPISODE_MODEL);
  return current[0]?.result;
}

const withinOf = ({ fixed }: EpisodeModel) => fixed.find(({ name }) => name === 'within');

/** Both numbers of every episode less the mean of its pair. */
function pointsOf({ episodes }: EpisodeModel): EpisodePoint[] {
  const pairs = new Map<string, EpisodeModel['episodes'][number][]>();
  for (const one of episodes) pairs.set(pairOf(one), [...(pairs.get(pairOf(one)) ?? []), one]);
  return [...pairs].flatMap(([pair, own]) => {
    const mean = (of: 'synchrony' | 'score') => own.reduce((sum, one) => sum + one[of], 0) / own.length;
    const [synchrony, score] = [mean('synchrony'), mean('score')];
    return own.map((one) => ({ pair, synchrony: one.synchrony - synchrony, score: one.score - score }));
  });
}

function figures(model: EpisodeModel | undefined, shared: Shared): Figure[] {
  const within = model && withinOf(model);
  if (!model || !within) return [];
  const notes = [
    ...toyNote(shared),
    `${model.n} held-out episodes of ${model.interactions} interactions, scored by ${model.judge}`,
    `line: the mixed model’s slope, with rounds held fixed; dashed: its ${percent(model.level)} interval`,
    'condition interactive, mean over directions',
  ];
  return [
    [
      STEM,
      episodeScatter(pointsOf(model), within, { title: 'Scores and synchrony of single episodes', notes }),
    ],
  ];
}

const CAPTIONS: Readonly<Record<EpisodeEffect['name'], string>> = {
  intercept: 'Intercept',
  within: 'Synchrony of the episode, within its pair',
  between: 'Mean synchrony of the pair, between pairs',
  rounds: 'Rounds',
};

function body(model: EpisodeModel | undefined, shared: Shared, drawn: DrawnFigures): Markup | null {
  if (!model) return null;
  const { fixed, random, residual, level } = model;
  const within = withinOf(model);
  return html`
<section id="episodes">
<h2>Episode by episode</h2>
<p>Over pairs of models there are as many points as pairs, and they differ in much besides synchrony. Single episodes of one pair
differ in less. Here every held-out episode has a synchrony of its own, 1 − its mean squared residual over the variance of all
test rows at the target layers that SyncR² takes, and a linear mixed model explains its score by it: within pairs, between
pairs, with rounds held fixed and random intercepts of interactions and pairs.</p>
${within ? html`<p>${sentence(model, within)}</p>` : null}
<div class="scroll" tabindex="0"><table aria-describedby="episodes-note">
<thead><tr><th scope="col">Effect</th><th scope="col" class="number">Estimate</th><th scope="col" class="number">SE</th><th scope="col" class="number">${percent(
    level,
  )} interval</th><th scope="col" class="number">df</th><th scope="col" class="number">p</th></tr></thead>
<tbody>${fixed.map(
    (one) => html`
<tr><th scope="row">${CAPTIONS[one.name]}</th><td class="number">${decimals(one.estimate)}</td><td class="number">${decimals(
      one.standardError,
    )}</td><td class="number">[${decimals(one.low)}, ${decimals(one.high)}]</td><td class="number">${decimals(
      one.degreesOfFreedom,
      1,
    )}</td><td class="number">${pText(one.p).replace('p = ', '')}</td></tr>`,
  )}
</tbody></table></div>
<p class="source" id="episodes-note">n = ${model.n} episodes of ${model.pairs} ${model.pairs === 1 ? 'pair' : 'pairs'} of models and ${model.interactions} interactions that both
directions hold out, scored by ${model.judge}: points per unit of R². Restricted maximum likelihood; degrees of freedom by
Satterthwaite. Standard deviations: ${[
    ...random.map(({ name, sd, levels }) => `${name} ${decimals(sd)} (${levels})`),
    `left ${decimals(residual)}`,
  ].join(', ')}. The maps that give an episode its synchrony are held fixed.${
    model.notes.length > 0
      ? ` ${model.notes.map((note) => `${note.charAt(0).toUpperCase()}${note.slice(1)}`).join('. ')}.`
      : ''
  } In full: <a href="tables/episodes-model.csv">episodes-model.csv</a>, <a href="tables/episodes-synchrony.csv">episodes-synchrony.csv</a>.</p>
${figureOf(drawn, STEM, html`${figureLinks(STEM)}; interbrain ${shared.versions.interbrain}.`)}
</section>`;
}

/** The slope within pairs per standard deviation, and whether its interval holds 0. */
function sentence({ spread, level }: EpisodeModel, { estimate, low, high, p }: EpisodeEffect): string {
  const per = (value: number) => decimals(value * spread, 2);
  const [ends, size] = estimate < 0 ? [[-high, -low], -estimate] : [[low, high], estimate];
  const interval = `[${ends.map(per).join(', ')}] (${percent(level)} interval; ${pText(p)})`;
  const which = `Of two episodes of a pair that differ by one standard deviation of synchrony (${decimals(spread)}), the one more in step`;
  const effect = `${which} is scored ${per(size)} points ${estimate < 0 ? 'lower' : 'higher'} ${interval}`;
  return low <= 0 && high >= 0 ? `${effect}: these episodes do not tell which way, if any.` : `${effect}.`;
}

function tables(model: EpisodeModel | undefined): TextFile[] {
  if (!model) return [];
  const effects = model.fixed.map((one) => [
    ...[one.name, one.estimate, one.standardError, one.low, one.high, one.degreesOfFreedom, one.t, one.p],
  ]);
  const header = [
    'effect',
    'estimate',
    'standard_error',
    'interval_low',
    'interval_high',
    'degrees_of_freedom',
    't',
    'p',
  ];
  const random = model.random.map(({ name, sd, levels }) => [
    `sd of ${name} (${levels} levels)`,
    sd,
    ...EMPTY,
  ]);
  const left = ['sd of what is left', model.residual, ...EMPTY];
  const episodes = model.episodes.map(({ models, interaction, seed, rounds, synchrony, score }) => [
    ...[...models, interaction, seed, rounds, synchrony, score],
  ]);
  return [
    ['tables/episodes-model.csv', encodeCsv(header, [...effects, ...random, left])],
    [
      'tables/episodes-synchrony.csv',
      encodeCsv(['model_a', 'model_b', 'interaction', 'seed', 'rounds', 'synchrony', 'score'], episodes),
    ],
  ];
}

const EMPTY = [null, null, null, null, null, null];
