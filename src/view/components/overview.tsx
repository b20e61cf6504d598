// The first screen: the number and the verdict in a sentence each, pairs, performance, three conversations, how to cite.

import { pairLabel } from '../../figures/correlation-text.ts';
import { decimals, endsText, rangeText } from '../../figures/number-text.ts';
import { pairName } from '../../recordings/file-name.ts';
import { colourOf, highEnd } from '../colours.ts';
import type { EpisodeData, MapData, Names, PageData } from '../data.ts';
import { type Contribution, contributionMap, contributionsOf } from '../episodes.ts';
import { mapTitle } from '../maps.ts';
import { NO_FILTER, routeText } from '../routes.ts';
import { EpisodeLink } from './episode-line.tsx';
import { FileLink } from './file-link.tsx';
import { Scatter } from './scatter.tsx';
import { SCROLLS } from './scrolls.ts';

export function Overview({ data }: { readonly data: PageData }) {
  return (
    <>
      <section class="lead">
        <p class="number-sentence">{data.lead.number}</p>
        <p>{data.lead.verdict}</p>
        <MadeWith data={data} />
      </section>
      <div class="columns">
        <section>
          <h2>Pairs of models</h2>
          <Pairs data={data} />
        </section>
        {data.performance && (
          <section>
            <h2>Synchrony and social performance</h2>
            <Scatter performance={data.performance} />
            <p class="source">{data.performance.text}</p>
          </section>
        )}
      </div>
      <Maps data={data} />
      <Three data={data} />
      <Cite data={data} />
    </>
  );
}

/** What the first number was made with: what its maps have in common, and how many samples they have. */
function MadeWith({ data: { maps, reference, episodes } }: { readonly data: PageData }) {
  const own = maps.filter(({ condition }) => condition === reference);
  const [first] = own;
  if (!first) return null;
  const common = first.made.filter((note) => own.every(({ made }) => made.includes(note)));
  const seeds = [...new Set(episodes.map(({ seed }) => seed))].sort((a, b) => a - b);
  const samples = rangeText(own.map((map) => map.samples));
  const notes = [...common, `n = ${samples} by direction`, `simulation seeds ${seeds.join(', ')}`];
  return <p class="source">Made with: {[...new Set(notes)].join('; ')}.</p>;
}

/** SyncR² of all pairs as a matrix where there are several; in any case as a table with intervals. */
function Pairs({ data }: { readonly data: PageData }) {
  const condition = data.reference;
  const own = data.synchrony.filter((one) => one.condition === condition);
  if (own.length === 0) return <p>No pair is measured in all its directions yet.</p>;
  return (
    <>
      {own.length > 1 && <Matrix data={data} />}
      <PairTable data={data} rows={own} />
      {own.length < data.synchrony.length && (
        <details open={data.synchrony.length <= 8}>
          <summary>All conditions</summary>
          <PairTable data={data} rows={data.synchrony} />
        </details>
      )}
    </>
  );
}

function PairTable({ data, rows }: { readonly data: PageData; readonly rows: PageData['synchrony'] }) {
  return (
    <div class="scroll" {...SCROLLS}>
      <table>
        <thead>
          <tr>
            <th scope="col">Pair</th>
            <th scope="col">Condition</th>
            <th scope="col" class="number">
              SyncR²
            </th>
            <th scope="col" class="number">
              Interval
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={`${pairName(one.models)} ${one.condition}`}>
              <th scope="row">
                <a href={mapOf(data, one.models, one.condition)}>{pairLabel(one.models)}</a>
              </th>
              <td>{one.condition}</td>
              <td class="number">{decimals(one.value)}</td>
              <td class="number">{endsText(one.interval && [one.interval.low, one.interval.high])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function mapOf(data: PageData, models: Names, condition: string): string {
  const found = data.maps.find(
    (map) => map.condition === condition && [...map.models].sort().join() === [...models].sort().join(),
  );
  return routeText({ screen: 'map', id: found?.id ?? '', cell: undefined });
}

function Matrix({ data }: { readonly data: PageData }) {
  const condition = data.reference;
  const own = data.synchrony.filter((one) => one.condition === condition);
  const names = data.models.map(({ name }) => name);
  const scale = { kind: 'r2', high: highEnd([own.map(({ value }) => value)]) } as const;
  const of = (a: string, b: string) =>
    own.find(({ models: [x, y] }) => (x === a && y === b) || (x === b && y === a));
  return (
    <div class="scroll" {...SCROLLS}>
      <table class="matrix">
        <caption>SyncR², {condition}</caption>
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((a) => (
            <tr key={a}>
              <th scope="row">{a}</th>
              {names.map((b) => {
                const found = of(a, b);
                return (
                  <td key={b}>
                    {found && (
                      <a href={mapOf(data, found.models, condition)}>
                        <svg class="swatch" viewBox="0 0 14 14" aria-hidden="true">
                          <rect width="14" height="14" fill={colourOf(found.value, scale)} />
                        </svg>
                        {decimals(found.value)}
                      </a>
                    )}
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

/** Every map as a link with its number: what stays of the explorer where no script runs. */
function Maps({ data }: { readonly data: PageData }) {
  if (data.maps.length === 0) return null;
  return (
    <section>
      <h2>Maps</h2>
      <details>
        <summary>{data.maps.length} maps of layers, by direction and condition</summary>
        <div class="scroll" {...SCROLLS}>
          <table>
            <thead>
              <tr>
                <th scope="col">Direction</th>
                <th scope="col">Condition</th>
                <th scope="col" class="number">
                  SyncR²
                </th>
                <th scope="col" class="number">
                  Interval
                </th>
                <th scope="col">Files</th>
              </tr>
            </thead>
            <tbody>
              {data.maps.map((map) => (
                <MapRow key={map.id} map={map} />
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

function MapRow({ map }: { readonly map: MapData }) {
  const { value, interval } = map.syncR2;
  return (
    <tr>
      <th scope="row">
        <a href={routeText({ screen: 'map', id: map.id, cell: undefined })}>{mapTitle(map)}</a>
      </th>
      <td>{map.condition}</td>
      <td class="number">{decimals(value)}</td>
      <td class="number">{endsText(interval && [interval.low, interval.high])}</td>
      <td>
        <FileLink path={`figures/${encodeURI(map.stem)}.svg`} text="figure" />,{' '}
        <FileLink path={`tables/r2+${encodeURI(map.stem)}.csv`} text="table" />
      </td>
    </tr>
  );
}

/** The most, the median and the least synchronous conversation, by what their interactions add to SyncR². */
function Three({ data }: { readonly data: PageData }) {
  const found = rankedEpisodes(data);
  const middle = found[Math.floor(found.length / 2)];
  const [first, last] = [found[0], found.at(-1)];
  const chosen =
    found.length < 3 ? [] : [['most', first] as const, ['median', middle] as const, ['least', last] as const];
  if (chosen.length === 0)
    return data.episodes.length === 0 ? null : (
      <section>
        <h2>Conversations</h2>
        <p>
          <a href={routeText({ screen: 'episodes', filter: NO_FILTER })}>
            All {data.episodes.length} conversations
          </a>
          . Which of them are the most synchronous is not known here: <code>contributions: true</code> in the
          study file measures it.
        </p>
      </section>
    );
  return (
    <section>
      <h2>Three conversations</h2>
      <div class="columns three">
        {chosen.map(([which, one]) => one && <Ranked key={which} which={which} data={data} {...one} />)}
      </div>
      <p>
        <a href={routeText({ screen: 'episodes', filter: NO_FILTER })}>
          All {data.episodes.length} conversations
        </a>
      </p>
    </section>
  );
}

interface RankedEpisode {
  readonly episode: EpisodeData;
  readonly map: MapData;
  readonly contribution: Contribution;
}

/** Of the first direction that has contributions; the first seed of each interaction. */
function rankedEpisodes(data: PageData): RankedEpisode[] {
  const map = data.maps.find((one) => contributionsOf(data, one));
  const own = contributionsOf(data, map);
  const found = own && contributionMap(own, undefined);
  if (!map || !found) return [];
  const seen = new Set<string>();
  return data.episodes
    .filter(({ models, interaction }) => {
      const first = pairName(models) === pairName(map.models) && !seen.has(interaction);
      if (first) seen.add(interaction);
      return first;
    })
    .flatMap((episode) => {
      const contribution = found.get(episode.interaction);
      return contribution ? [{ episode, map, contribution }] : [];
    })
    .sort((a, b) => b.contribution.perShare - a.contribution.perShare);
}

function Ranked({
  which,
  data,
  episode,
  map,
  contribution,
}: RankedEpisode & { readonly which: string; readonly data: PageData }) {
  return (
    <div class="card">
      <h3>{which === 'median' ? 'In the middle' : `The ${which} synchronous`}</h3>
      <p class="source">{mapTitle(map)}</p>
      <EpisodeLink data={data} episode={episode} filter={NO_FILTER} contribution={contribution} />
    </div>
  );
}

function Cite({ data }: { readonly data: PageData }) {
  return (
    <section>
      <h2>Cite this run</h2>
      <p>{data.cite.text}</p>
      <details>
        <summary>BibTeX</summary>
        <pre>{data.cite.bibtex}</pre>
      </details>
      <p class="source">
        SHA-256 of the study, the models and the results: <code>{data.cite.sha256}</code>
      </p>
    </section>
  );
}
