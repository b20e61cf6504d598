// One episode as a conversation that one can read: the scenario, both goals, who said what, how it ended.

import type { Episode, Turn } from '../../episodes/types.ts';
import { pairName } from '../../recordings/layout.ts';
import { html, type Markup } from '../page/html.ts';
import { scoresTable } from '../performance/scores-table.ts';
import type { Transcript } from './gather-transcripts.ts';

/** Of an episode's transcript on a page. */
export function episodeAnchor({ models, seed, interaction }: Episode): string {
  return `episode-${encodeURIComponent(`${pairName(models)}-${seed}-${interaction}`)}`;
}

/** The scores, where there are any, stand beside the turns; below them where there is no room. */
export function transcriptArticle(
  { episode, scenario, goals, judgement }: Transcript,
  { id }: { readonly id?: string } = {},
): Markup {
  const [a, b] = episode.characters;
  return html`
<article class="talk"${id !== undefined && html` id="${id}"`}>
<h3>${a} and ${b}</h3>
<p class="source">${relationshipText(episode.relationship)} · ${a} is played by ${episode.models[0]} (A), ${b} by ${
    episode.models[1]
  } (B) · simulation seed ${episode.seed} · interaction ${episode.interaction}</p>
<p dir="auto">${scenario}</p>
<div class="goals">
<p class="goal a" dir="auto"><b>${a}’s goal (A)</b>${goals[0]}</p>
<p class="goal b" dir="auto"><b>${b}’s goal (B)</b>${goals[1]}</p>
</div>
${
  judgement
    ? html`<div class="beside"><div>${turns(episode)}</div><aside>${scoresTable(judgement)}</aside></div>`
    : turns(episode)
}
</article>`;
}

function turns(episode: Episode): Markup {
  return html`<ol class="turns">${episode.turns.map(turnItem)}
</ol>
<p class="ending">${endingText(episode)}</p>`;
}

function turnItem(turn: Turn): Markup {
  const notes = turn.notes.length === 0 ? null : html`<div class="note">${turn.notes.join('; ')}</div>`;
  return html`
<li class="turn ${turn.seat === 'A' ? 'a' : 'b'}"><div class="who">${turn.speaker} <span>round ${turn.round}</span></div>
<p dir="auto">${turn.text}</p>${notes}</li>`;
}

/** `know-by-name` -> `Know each other by name`; an unknown word stays as it is. */
export function relationshipText(relationship: string): string {
  const texts: Readonly<Record<string, string>> = {
    stranger: 'Strangers',
    'know-by-name': 'Know each other by name',
    acquaintance: 'Acquaintances',
    friend: 'Friends',
    romantic: 'Partners',
    family: 'Family',
  };
  return Object.hasOwn(texts, relationship) ? (texts[relationship] ?? relationship) : relationship;
}

/** How the episode ended, in words. */
function endingText({ ending, characters, turns }: Episode): string {
  const rounds = turns.at(-1)?.round ?? 0;
  const after = `round ${rounds}`;
  if (ending === 'rounds') return `Ended after ${after}, the last one.`;
  return `Ended in ${after}: ${ending === 'A left' ? characters[0] : characters[1]} left.`;
}
