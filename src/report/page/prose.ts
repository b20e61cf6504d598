// What the page says in words: what it is, whether its models are toys, how to read it, how to check it.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { keyOf, PLAYED, statesPath, synchronyPath } from '../../recordings/layout.ts';
import { html, type Markup } from './html.ts';
import type { ReportInput } from './types.ts';

/** Study names of the models that are toys. */
export function toyNames(input: Pick<ReportInput, 'models'>): readonly string[] {
  return input.models.filter(({ info }) => info.toy).map(({ name }) => name);
}

/** Null when no model is a toy. */
export function toyStatement(input: Pick<ReportInput, 'models'>): Markup | null {
  const toys = toyNames(input);
  if (toys.length === 0) return null;
  const which =
    toys.length === input.models.length ? 'The models on this page are toys' : `Toys: ${toys.join(', ')}`;
  return html`<p class="toy" role="note"><strong>${which}.</strong> They are very small and learned from dialogues that a
program wrote, so that the whole measurement can be run and checked on an ordinary machine. Their numbers show that
the instrument works; they are no evidence about language models that people use.</p>`;
}

/** All episodes; conditions of one seat order are measured on the same ones. */
export function episodeCount({ seatOrders }: ReportInput): number {
  const counts = new Map(seatOrders.map(({ models, episodes }) => [models.join('\n'), episodes.episodes]));
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

export function introduction(input: ReportInput): Markup {
  const { scenarios, simulation } = input;
  const models = `${input.models.length} language model${input.models.length === 1 ? '' : 's'}`;
  const seeds = simulation.seeds.length;
  return html`<p>${models} held conversations in pairs: ${episodeCount(input)} episodes of ${scenarios.interactions} interactions
from ${scenarios.scenarios} scenarios (${scenarios.source}), with ${seeds} simulation seed${seeds > 1 && 's'}. Whenever
a model was about to speak, its hidden state after every layer was kept. This page tells how well the state of one
speaker predicts, by a linear map, the state of its partner in the turn that follows: R² for each pair of layers, and
SyncR², which sums them up in one number. The measure is that of Zhang et al., <cite>Neural Synchrony Between Socially
Interacting Language Models</cite>, §3.</p>`;
}

export function readingSection(): Markup {
  return html`
<section id="reading">
<h2>How to read the maps</h2>
<ul>
<li><strong>A cell</strong> is one layer of the source (across) and one layer of the target (upward). A ridge
regression from the source’s state to the target’s was fitted on some interactions and tested on others. Colour is R²
on the test rows, averaged over the target’s dimensions and the split seeds: 1 is a perfect prediction, 0 is no better
than naming the target’s mean.</li>
<li><strong>A → B</strong> takes both states from the same round: A is about to speak, then B is about to answer.
<strong>B → A</strong> takes B’s state and A’s in the next round. A control condition shifts or replaces one of the
two.</li>
<li><strong>Gray</strong> cells are below 0: the fitted map does worse than the mean.</li>
<li><strong>A black box</strong> marks the best target of each source layer. SyncR² is the mean of the boxed values over
source layers, with those below 0 counted as 0.</li>
<li><strong>What it does not tell.</strong> Both speakers read the same scenario and the same dialogue, and that alone
lets one state predict the other. How much of it comes from taking part in the conversation shows only in comparison
with control conditions.</li>
</ul>
</section>`;
}

/** Names the files that hold everything, and the few lines of Python that open them. */
export function recomputeSection(input: ReportInput): Markup | null {
  const orders = input.seatOrders;
  const order = orders.find(({ condition }) => condition === INTERACTIVE) ?? orders[0];
  if (order === undefined) return null;
  const { models, condition } = order;
  const played = input.transcripts.find(
    ({ episode }) => episode.models.join('\n') === models.join('\n'),
  )?.episode;
  const key =
    played === undefined
      ? { models, seed: input.simulation.seeds[0] ?? 0, interaction: 'INTERACTION' }
      : keyOf(played);
  // Only a reader’s states lie apart from those of the episodes.
  const states = statesPath('', PLAYED, key);
  const result = `${synchronyPath('', models, condition, 'A->B')}.json`;
  const python = `import json; from safetensors.numpy import load_file
states = load_file(${JSON.stringify(states)})
splits = json.load(open(${JSON.stringify(result)}))["splits"]`;
  return html`
<section id="recompute">
<h2>How to compute it again</h2>
<p>Everything lies in the study’s folder, one above this page: states in <code>states/</code>, one file per episode;
the groups that were trained and tested on in the JSON files under <code>synchrony/</code>; transcripts in
<code>episodes/</code>. From that folder, in Python:</p>
<pre><code>${python}</code></pre>
<p><code>states["A"]</code> and <code>states["B"]</code> have the shape (layers, rounds, D), and each of the
<code>splits</code> lists its <code>trainGroups</code> and <code>testGroups</code>. For source layer <i>s</i> and target
layer <i>t</i>, A → B in the interactive condition pairs the rows
<code>states["A"][s]</code> and <code>states["B"][t]</code> of each round, and B → A pairs B’s row of a round with A’s
of the next. In a passive condition the source’s row is taken from the folder of that name instead. Stack them over episodes, in float64, and divide by group: for scikit-learn, fit
<code>Ridge(alpha=${input.synchrony.lambda})</code> on the training rows and take <code>r2_score</code> with
<code>multioutput="uniform_average"</code> on the test rows. One group on either side may count in part, so that the
numbers of samples come out exact.</p>
</section>`;
}

export function notesSection(input: ReportInput): Markup {
  const seeds = input.synchrony.splitSeeds.length;
  const pairs = new Set(input.pairs.map((pair) => pair.models.join('\n'))).size;
  return html`
<section id="notes">
<h2>Notes</h2>
<ul>
<li>The best target of a source layer is chosen by R² on the test rows, as in the paper. SyncR² is therefore a little
higher than it would be with a choice made on other rows.</li>
${
  seeds > 1
    ? html`<li>The error covers ${seeds} divisions of the same episodes into training and test. It does not cover other
scenarios, other simulation seeds or other training runs of a model.</li>`
    : html`<li>There is one split seed, so nothing here has an error.</li>`
}
${pairs > 1 && html`<li>Pairs that share a model are not independent of each other.</li>`}
${leftOutNotes(input)}
<li>The condition number in the table is that of the centred training Gram matrix plus λ, the highest over layers and split seeds.
The higher it is, the more digits
the fit may lose; the normal equations are solved in float64, which has about 16.</li>
</ul>
</section>`;
}

/** What conditions had to leave out, one item for each condition, direction and seat order. */
function leftOutNotes({ seatOrders }: ReportInput): Markup[] {
  return seatOrders.flatMap(({ directions, models }) =>
    directions.flatMap(({ condition, direction, leftOut }) => {
      if (!leftOut) return [];
      const { samples, episodes, reason } = leftOut;
      const of = `${models.join(', ')}, ${direction.replace('->', ' → ')}`;
      return [
        html`<li>Condition ${condition} (${of}) leaves out ${samples} sample${samples !== 1 && 's'}, among them all of
${episodes} episode${episodes !== 1 && 's'}: ${reason}.</li>`,
      ];
    }),
  );
}
