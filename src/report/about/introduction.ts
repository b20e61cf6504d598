// What the page is about.

import { type Episodes, gatherEpisodes } from '../episodes/gather-transcripts.ts';
import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import type { Shared } from '../shared.ts';

export const introduction = section({
  id: 'about',
  title: 'What this is',
  needs: ['episodes'],
  gather: gatherEpisodes,
  body,
});

function body({ all, wanted }: Episodes, { models, scenarios, simulation }: Shared): Markup {
  const seeds = simulation.seeds.length;
  const episodes = all.length < wanted ? `${all.length} of ${wanted}` : `${all.length}`;
  return html`
<section id="about">
<h2>What this is</h2>
<p>${models.length} language model${models.length !== 1 && 's'} held conversations in pairs: ${episodes} episodes of ${scenarios.interactions} interactions
from ${scenarios.scenarios} scenarios (${scenarios.source}), with ${seeds} simulation seed${seeds > 1 && 's'}. Whenever
a model was about to speak, its hidden state after every layer was kept. This page tells how well the state of one
speaker predicts, by a linear map, the state of its partner in the turn that follows: R² for each pair of layers, and
SyncR², which sums them up in one number. The measure is that of Zhang et al., <cite>Neural Synchrony Between Socially
Interacting Language Models</cite>, §3.</p>
</section>`;
}
