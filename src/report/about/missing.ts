// Which results the page does not show, why, and what makes them.

import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import type { StageCounts } from '../source.ts';

export const missing = section({
  id: 'missing',
  title: 'What is not shown',
  needs: [],
  gather: async ({ states, leftOut = [] }): Promise<Missing> => ({ stages: await states(), leftOut }),
  body,
});

interface Missing {
  readonly stages: readonly StageCounts[];
  /** Conditions that cannot be measured. */
  readonly leftOut: readonly string[];
}

type State = StageCounts['tasks'][number]['state'];

/** More reasons than this are counted, not told. */
const REASONS_TOLD = 3;

const countOf = ({ tasks }: StageCounts, state: State) => tasks.filter((task) => task.state === state).length;

/** Null if everything that the study asks for is current. */
function body({ stages, leftOut }: Missing): Markup | null {
  const open = stages.filter((stage) => countOf(stage, 'current') < stage.tasks.length);
  if (open.length === 0 && leftOut.length === 0) return null;
  return html`
<section id="missing">
<h2>What is not shown</h2>
<p>This page shows what was made under the study’s present settings, of the episodes that there are now. Of what the study asks
for, it does not show:</p>
<ul>${open.map(stageItem)}${leftOut.map(conditionItem)}</ul>
${open.length > 0 && html`<p><code>interbrain run STUDY</code>, with the study’s file, makes them; what is current stays as it is.</p>`}
</section>`;
}

function conditionItem(condition: string): Markup {
  return html`<li>condition ${condition}: the interactions that were chosen give it no samples; with more of them, or more
rounds, it can be measured</li>`;
}

function stageItem(stage: StageCounts): Markup {
  const [gone, stale, failed] = [
    countOf(stage, 'missing'),
    countOf(stage, 'stale'),
    countOf(stage, 'failed'),
  ];
  const counts = [
    ...(gone > 0 ? [`${gone} missing`] : []),
    ...(stale > 0 ? [`${stale} made with other settings or of other episodes`] : []),
    ...(failed > 0 ? [`${failed} failed${reasonsText(stage)}`] : []),
  ];
  return html`<li>${stage.results}: ${counts.join(', ')}, of ${stage.tasks.length}</li>`;
}

/** ` (no JSON after 3 attempts; timeout; and 2 more reasons)`. */
function reasonsText({ tasks }: StageCounts): string {
  const reasons = [
    ...new Set(tasks.flatMap(({ state, message }) => (state === 'failed' ? (message ?? []) : []))),
  ];
  if (reasons.length === 0) return '';
  const more = reasons.length - REASONS_TOLD;
  const told = reasons.slice(0, REASONS_TOLD);
  return ` (${[...told, ...(more > 0 ? [`and ${more} more reason${more > 1 ? 's' : ''}`] : [])].join('; ')})`;
}
