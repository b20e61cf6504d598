// The site's first page: what interbrain is in one picture, a real map from the report that the site holds, and the ways on.

import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { LayerMap, Legend } from '../../dist/view/components/layer-map.js';
import { mapTitle, pictureOf, scaleOf } from '../../dist/view/maps.js';
import { escaped } from './page.mjs';
import { PICTURE } from './picture.mjs';

const WAYS = [
  [
    'report/index.html',
    'An example report',
    'Of two embedded toys, made with this site: maps, tests, conversations.',
  ],
  [
    'report/explore.html',
    'Its explorer',
    'Every layer pair, and the conversations behind it. One file, with a script.',
  ],
  ['start.html', 'First steps', 'Installing it, a first study, your own.'],
  ['recipes.html', 'Recipes', 'What to write for what you want to know.'],
  ['method.html', 'Method', 'What is computed, exactly, and where it differs from the paper.'],
  ['options.html', 'Options', 'The study file and the commands.'],
  ['results.html', 'Results', 'What a run leaves, and how to read it.'],
  ['models.html', 'Models', 'Which language models run, and how exactly.'],
  ['api/index.html', 'API', 'The library’s functions and types.'],
  ['all.html', 'All pages', 'Every document, and every name of the library.'],
];

/** @param data the report's data.json */
export function frontPage(data) {
  const map = data.maps.find(({ condition }) => condition === data.reference) ?? data.maps[0];
  const ways = WAYS.map(
    ([to, name, about]) => `<li><a href="${to}">${name}</a><p>${escaped(about)}</p></li>`,
  ).join('\n');
  return {
    title: 'What interbrain is',
    body: `<p class="number-sentence">interbrain measures neural synchrony between two language models while they talk: how well the inner states of one predict the next states of the other.</p>
<p>It plays the conversations, records the states, fits the maps, compares them with controls, and writes a report that a reader can look into, down to the words behind every number. The measure is that of Zhang et al., <em>Neural Synchrony Between Socially Interacting Language Models</em>.</p>
${PICTURE}
<h2>A real map</h2>
${map ? realMap(data, map) : ''}
<h2>From here</h2>
<ul class="cards">
${ways}
</ul>`,
  };
}

function realMap(data, map) {
  const scale = { kind: 'r2', high: scaleOf(data, map) };
  const drawn = renderToString(
    h('div', { class: 'own-map' }, [
      h(LayerMap, { key: 'map', picture: pictureOf(data, map) }),
      h(Legend, { key: 'legend', scale, label: 'test R²' }),
    ]),
  );
  return `${data.warning === null ? '' : `<p class="toy" role="note">${escaped(data.warning)}</p>`}
<p>${escaped(data.lead.number)}</p>
<figure>${drawn}<figcaption>${escaped(mapTitle(map))}: test R² of every layer pair; boxed, the best target of each source layer. ${escaped(map.made.join('; '))}. <a href="report/explore.html">Look inside</a>.</figcaption></figure>`;
}
