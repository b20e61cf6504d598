// What interbrain does, in one picture of three parts that stand side by side, or below each other on a phone. Colours come
// from the page, so that the picture has a dark side.

/** A column of layers with one that is looked at. */
function layers(x, kind, chosen) {
  return Array.from({ length: 6 }, (_, i) => {
    const y = 178 - i * 22;
    return `<rect x="${x}" y="${y}" width="64" height="16" rx="3" class="${i === chosen ? kind : `${kind}w`}"/>`;
  }).join('');
}

const talk = `<svg viewBox="0 0 340 240" role="img" aria-label="Two models talk in turns: A, B, A, each with a goal of its own" font-size="15">
<g text-anchor="middle" class="ink"><text x="60" y="24">model A</text><text x="280" y="24">model B</text></g>
<g text-anchor="middle" class="soft" font-size="13"><text x="60" y="43">its own goal</text><text x="280" y="43">its own goal</text></g>
<rect x="16" y="62" width="176" height="42" rx="10" class="aw"/><text x="28" y="88" class="ink">Ten for the lamp?</text>
<rect x="148" y="118" width="176" height="42" rx="10" class="bw"/><text x="160" y="144" class="ink">I need fifteen.</text>
<rect x="16" y="174" width="176" height="42" rx="10" class="aw"/><text x="28" y="200" class="ink">Then twelve.</text>
</svg>`;

const states = `<svg viewBox="0 0 340 240" role="img" aria-label="Before each turn the hidden state of every layer of the speaker is kept" font-size="15">
${layers(46, 'a', 3)}${layers(230, 'b', 1)}
<g text-anchor="middle" class="ink"><text x="78" y="24">A, turn t</text><text x="262" y="24">B, next turn</text></g>
<g text-anchor="middle" class="soft" font-size="13"><text x="78" y="44">every layer</text><text x="262" y="44">every layer</text></g>
<path d="M114 120 C160 120 176 164 224 164" class="stroke" stroke-width="2.5"/><path d="M224 164 l-11 -7 v14 z" class="soft"/>
<text x="170" y="222" text-anchor="middle" class="ink">a linear map for each pair of layers</text>
</svg>`;

/** Made up, and said to be so below the picture. */
const SHADES = [
  [0.15, 0.2, 0.25, 0.2, 0.15],
  [0.2, 0.35, 0.5, 0.45, 0.3],
  [0.25, 0.5, 0.9, 0.7, 0.4],
  [0.2, 0.45, 0.75, 1, 0.5],
  [0.15, 0.25, 0.45, 0.55, 0.35],
];

const map = `<svg viewBox="0 0 340 240" role="img" aria-label="The result: a map with a cell for each pair of layers, the darker the better one predicts the other, and its summary SyncR²" font-size="15">
${SHADES.flatMap((row, y) =>
  row.map(
    (shade, x) =>
      `<rect x="${76 + x * 32}" y="${24 + (4 - y) * 32}" width="31" height="31" class="a" opacity="${0.12 + 0.88 * shade}"/>`,
  ),
).join('')}
<text x="156" y="206" text-anchor="middle" class="ink">layers of A</text>
<text x="58" y="104" text-anchor="middle" transform="rotate(-90 58 104)" class="ink">layers of B</text>
<text x="252" y="92" class="ink" font-weight="600">SyncR²</text><text x="252" y="114" class="soft" font-size="13">how well,</text><text x="252" y="131" class="soft" font-size="13">on held-out</text><text x="252" y="148" class="soft" font-size="13">scenes</text>
</svg>`;

export const PICTURE = `<div class="picture">
<figure>${talk}<figcaption>Two language models play two people in a social scene, each with a goal that the other does not know.</figcaption></figure>
<figure>${states}<figcaption>Before each turn the hidden state of every layer is kept. Linear maps are fitted from one speaker’s states to the partner’s next ones.</figcaption></figure>
<figure>${map}<figcaption>How much of the partner’s states they predict, in scenes that were not fitted, is neural synchrony. Controls tell what of it needs the interaction.</figcaption></figure>
</div>
<p class="source">A drawing; the shades are made up. Real maps stand below.</p>`;
