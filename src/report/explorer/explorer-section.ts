// The explorer beside the report: one page with a script, its data as JSON, and every conversation in full on pages that
// need no script.

import { pageFile } from '../../view/page.tsx';
import type { Transcript } from '../episodes/gather-transcripts.ts';
import { episodeAnchor, transcriptArticle } from '../episodes/transcript.ts';
import { html, type Markup } from '../page/html.ts';
import { pageText } from '../page/page.ts';
import { toyStatement } from '../page/toys.ts';
import { section, type TextFile } from '../section.ts';
import type { Shared } from '../shared.ts';
import { type ExplorerData, gatherExplorer, PER_PAGE } from './gather-page.ts';

export const explorer = section({
  id: 'explorer',
  title: 'Look inside',
  needs: [
    'episodes',
    'measure',
    'contributions',
    'significance',
    'sensitivity',
    'own-past',
    'judgements',
    'correlation',
  ],
  gather: (source) => gatherExplorer(source),
  body,
  pages: (data, shared) => [
    ['explore.html', pageFile(data.page)],
    ['data.json', `${JSON.stringify(data.page)}\n`],
    ...conversationPages(data.transcripts, shared),
  ],
});

function body({ page, transcripts }: ExplorerData): Markup | null {
  if (transcripts.length === 0 && page.maps.length === 0) return null;
  const pages = Math.ceil(transcripts.length / PER_PAGE);
  const links = Array.from({ length: pages }, (_, i) => html`<a href="${pagePath(i)}">${i + 1}</a> `);
  return html`
<section id="explorer">
<h2>Look inside</h2>
<p><a href="explore.html"><strong>The explorer</strong></a> is one page with a script, which fetches nothing: all
${page.maps.length} maps of layers with the numbers of each cell and the conversations behind it, all ${transcripts.length} conversations to search, and
any two maps side by side. Its data: <a href="data.json">data.json</a>.</p>
${pages > 0 && html`<p class="source">All conversations in full, ${PER_PAGE} a page, without a script: ${links}</p>`}
</section>`;
}

const pagePath = (i: number) => `episodes/${i + 1}.html`;

function conversationPages(transcripts: readonly Transcript[], shared: Shared): TextFile[] {
  const count = Math.ceil(transcripts.length / PER_PAGE);
  return Array.from({ length: count }, (_, i) => {
    const own = transcripts.slice(i * PER_PAGE, (i + 1) * PER_PAGE);
    return [pagePath(i), conversationPage(own, { i, count, all: transcripts.length }, shared)];
  });
}

interface Place {
  readonly i: number;
  readonly count: number;
  readonly all: number;
}

function conversationPage(own: readonly Transcript[], { i, count, all }: Place, shared: Shared): string {
  const heading = `${shared.study}: conversations ${i * PER_PAGE + 1} to ${i * PER_PAGE + own.length} of ${all}`;
  const link = (to: number, text: string) =>
    to >= 0 && to < count && html`<a href="${to + 1}.html">${text}</a> `;
  const content = html`
<section id="conversations">
<h2>Conversations</h2>
<p>${link(i - 1, 'previous')}${link(i + 1, 'next')}<a href="../index.html">the report</a> <a href="../explore.html#/episodes">search</a></p>
${own.map((transcript) => transcriptArticle(transcript, { id: episodeAnchor(transcript.episode) }))}
</section>`;
  return pageText({
    title: heading,
    heading,
    statement: toyStatement(shared),
    sections: [{ id: 'conversations', title: 'Conversations', body: content }],
    version: shared.versions.interbrain,
  });
}
