import type { Judgement } from '../../evaluation/types.ts';
import { html, type Markup } from '../page/html.ts';
import { words } from './scores.ts';

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
