// Preliminary synchrony of a run under way: how it has changed as conversations came, and the latest maps, hatched so that
// nobody takes them for results.

import { decimals, directionTitle } from '../../figures/number-text.ts';
import type { Preview, PreviewMap } from '../../studies/preview.ts';
import { highEnd } from '../colours.ts';
import { LayerMap, Legend, type MapPicture } from './layer-map.tsx';
import { SCROLLS } from './scrolls.ts';

/** Maps that are drawn; the table has all directions. */
const MAPS = 4;

const keyOf = ({ models, direction }: PreviewMap) => `${models.join('+')} ${direction}`;

function titleOf({ models: [a, b], direction }: PreviewMap): string {
  const [sourceModel, targetModel] = direction === 'A->B' ? [a, b] : [b, a];
  return directionTitle({ direction, sourceModel, targetModel });
}

/** `8 × 8 of 32 × 32 layers`. */
function layersText({ sourceLayers, targetLayers, layers: [a, b] }: PreviewMap): string {
  const [x, y] = [sourceLayers.length, targetLayers.length];
  return x === a && y === b ? `all ${a} × ${b} layers` : `${x} × ${y} of ${a} × ${b} layers`;
}

function pictureOf(map: PreviewMap, high: number): MapPicture {
  const { sourceLayers, targetLayers, r2, syncR2, samples } = map;
  return {
    ...{ values: r2, rows: sourceLayers.length, columns: targetLayers.length, hatched: true },
    scale: { kind: 'r2', high },
    axes: ['source layer', 'target layer'],
    numbers: [sourceLayers, targetLayers],
    label: `Preliminary test R² by layers, ${titleOf(map)}, n = ${samples}; SyncR² ${decimals(syncR2)}`,
  };
}

export function Previews({ previews }: { readonly previews: readonly Preview[] }) {
  const last = previews.at(-1);
  if (!last) return null;
  const { seed, maps, missing } = last;
  const high = highEnd(maps.map(({ r2 }) => r2));
  return (
    <section class="preliminary" aria-label="Preliminary synchrony">
      <h3>Preliminary synchrony</h3>
      <p class="source">
        A first look at what is recorded so far: one split (seed {seed}), no intervals
        {maps[0] ? `, ${layersText(maps[0])}, λ = ${maps[0].lambda}` : ''}. It is no result, is kept nowhere,
        and the numbers of the finished run will be others.
      </p>
      {maps.length > 0 && <PreviewTable previews={previews} />}
      <div class="columns three">
        {maps.slice(0, MAPS).map((map) => (
          <figure key={keyOf(map)}>
            <figcaption>
              <strong>{titleOf(map)}</strong>: preliminary, n = {map.samples} from {map.episodes}{' '}
              conversations
            </figcaption>
            <LayerMap picture={pictureOf(map, high)} />
          </figure>
        ))}
      </div>
      {maps.length > 0 && <Legend scale={{ kind: 'r2', high }} label="preliminary R²" />}
      {missing.length > 0 && (
        <details>
          <summary>Not looked at: {missing.length}</summary>
          <ul>
            {missing.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** A row for each direction, a column for each look. */
function PreviewTable({ previews }: { readonly previews: readonly Preview[] }) {
  const rows = new Map(previews.flatMap(({ maps }) => maps.map((map) => [keyOf(map), map] as const)));
  return (
    <div class="scroll" {...SCROLLS}>
      <table>
        <caption>Preliminary SyncR², as conversations came</caption>
        <thead>
          <tr>
            <th scope="col">Direction</th>
            {previews.map(({ maps }, i) => (
              <th key={`look ${i + 1}`} scope="col" class="number">
                look {i + 1}
                <br />
                {episodesOf(maps)} conversations
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...rows].map(([key, row]) => (
            <tr key={key}>
              <th scope="row">{titleOf(row)}</th>
              {previews.map(({ maps }, i) => {
                const found = maps.find((map) => keyOf(map) === key);
                return (
                  <td key={`look ${i + 1}`} class="number">
                    {found ? decimals(found.syncR2) : '–'}
                    {found && <span class="soft"> n = {found.samples}</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of all seat orders, each of which has two directions. */
function episodesOf(maps: readonly PreviewMap[]): number {
  const byOrder = new Map(maps.map(({ models, episodes }) => [models.join('+'), episodes]));
  return [...byOrder.values()].reduce((sum, one) => sum + one, 0);
}
