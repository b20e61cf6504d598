// A few conversations as they were played.

import { html, type Markup } from '../page/html.ts';
import { section } from '../section.ts';
import type { ReportSource } from '../source.ts';
import { chooseSome, gatherTranscripts, type Transcript } from './gather-transcripts.ts';
import { transcriptArticle } from './transcript.ts';

interface Transcripts {
  readonly chosen: readonly Transcript[];
  /** Episodes that there are. */
  readonly episodes: number;
}

async function gather(source: ReportSource): Promise<Transcripts> {
  const all = await gatherTranscripts(source);
  return { chosen: chooseSome(all, source.study.report.transcripts), episodes: all.length };
}

export const transcripts = section({
  id: 'transcripts',
  title: 'Conversations',
  needs: ['episodes', 'judgements'],
  gather,
  body,
});

function body({ chosen, episodes }: Transcripts): Markup | null {
  if (chosen.length === 0) return null;
  return html`
<section id="transcripts">
<h2>Conversations</h2>
<p>${chosen.length} of ${episodes} episodes, as they were played. Each agent saw its own goal alone. A speaks
first; what had to be put right is noted under the utterance.</p>
${chosen.map((transcript) => transcriptArticle(transcript))}
</section>`;
}
