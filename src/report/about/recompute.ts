// The files that hold everything, and the few lines of Python that open them.

import { INTERACTIVE } from '../../conditions/condition.ts';
import type { Episode } from '../../episodes/types.ts';
import { keyOf, PLAYED, statesPath, synchronyPath } from '../../recordings/layout.ts';
import { gatherEpisodes } from '../episodes/gather-transcripts.ts';
import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import type { Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { gatherMeasures, type SeatOrderResult } from '../synchrony/measures.ts';

interface Example {
  /** A measured seat order, of the interactive condition if there is one. */
  readonly order: SeatOrderResult | undefined;
  /** One of its episodes. */
  readonly episode: Episode | undefined;
}

export const recompute = section({
  id: 'recompute',
  title: 'How to compute it again',
  needs: ['measure', 'episodes'],
  gather,
  body: ({ order, episode }, shared) => (order ? body(order, episode, shared) : null),
});

async function gather(source: ReportSource): Promise<Example> {
  const { orders } = await gatherMeasures(source);
  const order = orders.find(({ condition }) => condition === INTERACTIVE) ?? orders[0];
  const { all } = await gatherEpisodes(source);
  const episode = all.find((one) => one.models.join('\n') === order?.models.join('\n'));
  return { order, episode };
}

function pythonText(
  { models, condition, directions }: SeatOrderResult,
  episode: Episode | undefined,
  { simulation }: Shared,
): string {
  const key = episode
    ? keyOf(episode)
    : { models, seed: simulation.seeds[0] ?? 0, interaction: 'INTERACTION' };
  // Only a reader’s states lie apart from those of the episodes.
  const states = statesPath('', PLAYED, key);
  const result = `${synchronyPath('', models, condition, directions[0]?.direction ?? 'A->B')}.json`;
  return `import json; from safetensors.numpy import load_file
states = load_file(${JSON.stringify(states)})
splits = json.load(open(${JSON.stringify(result)}))["splits"]`;
}

function body(order: SeatOrderResult, episode: Episode | undefined, shared: Shared): Markup {
  return html`
<section id="recompute">
<h2>How to compute it again</h2>
<p>Everything lies in the study’s folder, one above this page: states in <code>states/</code>, one file per episode;
the groups that were trained and tested on in the JSON files under <code>synchrony/</code>; transcripts in
<code>episodes/</code>. From that folder, in Python:</p>
<pre tabindex="0"><code>${pythonText(order, episode, shared)}</code></pre>
<p><code>states["A"]</code> and <code>states["B"]</code> have the shape (layers, rounds, D)${
    shared.states.layers === 'all'
      ? ''
      : html`, in which the layers are those that were recorded: the metadata <code>layers_A</code> and <code>layers_B</code> number them from 0`
  }, and each of the
<code>splits</code> lists its <code>trainGroups</code> and <code>testGroups</code>. For source layer <i>s</i> and target
layer <i>t</i>, A → B in the interactive condition pairs the rows
<code>states["A"][s]</code> and <code>states["B"][t]</code> of each round, and B → A pairs B’s row of a round with A’s
of the next. In a passive condition the source’s row is taken from the folder of that name instead. Stack them over episodes, in float64, and divide by group: for scikit-learn, fit
<code>Ridge(alpha=${order.directions[0]?.lambda === 'cv' ? 'λ' : (order.directions[0]?.lambda ?? '')})</code>${
    order.directions[0]?.lambda === 'cv' &&
    html`, with the λ that <code>chosen_lambdas</code> in the result’s safetensors names for each split and source layer,`
  } on the training rows and take <code>r2_score</code> with
<code>multioutput="uniform_average"</code> on the test rows. One group on either side may count in part, so that the
numbers of samples come out exact.</p>
</section>`;
}
