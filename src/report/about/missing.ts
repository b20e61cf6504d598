// Which results the page does not show, why, and what makes them.

import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import { hasOpen, type Missing, missingLines } from './missing-lines.ts';

export const missing = section({
  id: 'missing',
  title: 'What is not shown',
  needs: [],
  gather: async ({ states, leftOut = [], unseen = [] }): Promise<Missing> => ({
    ...{ stages: await states(), leftOut, unseen },
  }),
  body,
});

/** Null if everything that the study asks for is current. */
function body(all: Missing): Markup | null {
  const lines = missingLines(all);
  if (lines.length === 0) return null;
  return html`
<section id="missing">
<h2>What is not shown</h2>
<p>This page shows what was made under the study’s present settings, of the episodes that there are now. Of what the study asks
for, it does not show:</p>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>
${hasOpen(all) && html`<p><code>interbrain run STUDY</code>, with the study’s file, makes them; what is current stays as it is.</p>`}
</section>`;
}
