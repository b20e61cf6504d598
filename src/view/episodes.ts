// Episodes of a page by key, by filter and by what they contribute to a layer pair.

import { pairName, toFileName } from '../recordings/file-name.ts';
import type { ContributionData, EpisodeData, MapData, PageData } from './data.ts';
import { decodeFloats } from './floats.ts';
import { placeOf } from './maps.ts';
import type { Cell, EpisodeFilter } from './routes.ts';

/** `llama+mistral/0/market-lamp%2Fpair-1`: its path in `episodes/`, without the ending. */
export function episodeKey({
  models,
  seed,
  interaction,
}: Pick<EpisodeData, 'models' | 'seed' | 'interaction'>): string {
  return `${pairName(models)}/${seed}/${toFileName(interaction)}`;
}

/** What an interaction adds to a layer pair or to SyncR². */
export interface Contribution {
  /** Part of R²; those of all interactions sum to it. */
  readonly adds: number;
  /** The same by its share of the test rows: R² as if there were rows like these alone. */
  readonly perShare: number;
  /** How many splits hold it out. */
  readonly splits: number;
}

/** The contributions that belong to a map; none where the study has none, or under another condition. */
export function contributionsOf(data: PageData, map: MapData | undefined): ContributionData | undefined {
  return (
    map &&
    data.contributions.find(
      ({ models, condition, direction }) =>
        condition === map.condition &&
        direction === map.direction &&
        pairName(models) === pairName(map.models),
    )
  );
}

/**
 * By interaction, at a layer pair, or of SyncR² without one.
 *
 * @returns nothing where the layer pair’s are not in the document
 */
export function contributionMap(
  data: ContributionData,
  cell: Cell | undefined,
): ReadonlyMap<string, Contribution> | undefined {
  if (cell && data.values === null) return undefined;
  const values = cell && data.values !== null ? decodeFloats(data.values) : undefined;
  const size = data.sourceLayers * data.targetLayers;
  const found = new Map<string, Contribution>();
  for (const [i, { interaction, share, splits, syncR2 }] of data.interactions.entries()) {
    const adds = values && cell ? (values[i * size + placeOf(data, cell)] ?? Number.NaN) : syncR2;
    if (Number.isFinite(adds) && share > 0) found.set(interaction, { adds, perShare: adds / share, splits });
  }
  return found.size === 0 ? undefined : found;
}

const haystacks = new WeakMap<EpisodeData, string>();

/** All its words, in lower case: names, situation, goals, what was said. */
function haystack(episode: EpisodeData, { encounters }: PageData): string {
  const known = haystacks.get(episode);
  if (known !== undefined) return known;
  const { characters = [], situation = '', goals = [] } = encounters[episode.interaction] ?? {};
  const said = (episode.turns ?? []).map(([, , text]) => text);
  const text = [episode.interaction, ...characters, situation, ...goals, ...said].join('\n').toLowerCase();
  haystacks.set(episode, text);
  return text;
}

/** Where a `sort` by contribution looks: `llama+mistral/interactive/A-to-B@4,7`. */
export function sortPlace(
  sort: string,
): { readonly id: string; readonly cell: Cell | undefined } | undefined {
  const [id, place] = sort.split('@');
  if (id === undefined || !id.includes('/')) return undefined;
  const [source, target] = (place ?? '').split(',').map(Number);
  const cell = source && target ? { source: source - 1, target: target - 1 } : undefined;
  return { id, cell };
}

export function sortText(id: string, cell: Cell | undefined): string {
  return cell ? `${id}@${cell.source + 1},${cell.target + 1}` : id;
}

/** The contributions that a filter sorts by. */
export function sortContributions(
  data: PageData,
  sort: string,
): ReadonlyMap<string, Contribution> | undefined {
  const place = sortPlace(sort);
  if (!place) return undefined;
  const own = contributionsOf(
    data,
    data.maps.find(({ id }) => id === place.id),
  );
  return own && (contributionMap(own, place.cell) ?? contributionMap(own, undefined));
}

/** The episodes that a filter lets pass, in its order. */
export function filterEpisodes(data: PageData, filter: EpisodeFilter): readonly EpisodeData[] {
  const wanted = filter.q.trim().toLowerCase();
  const passed = data.episodes.filter(
    (one) =>
      (filter.order === '' || pairName(one.models) === filter.order) &&
      (filter.seed === '' || String(one.seed) === filter.seed) &&
      (filter.ended === '' || one.ending === filter.ended) &&
      (filter.interaction === '' || one.interaction === filter.interaction) &&
      (wanted === '' || haystack(one, data).includes(wanted)),
  );
  const descending = (of: (one: EpisodeData) => number) => passed.toSorted((a, b) => of(b) - of(a));
  if (filter.sort === 'score') return descending((one) => scoreOf(one) ?? Number.NEGATIVE_INFINITY);
  const found = sortContributions(data, filter.sort);
  return found
    ? descending((one) => found.get(one.interaction)?.perShare ?? Number.NEGATIVE_INFINITY)
    : passed;
}

/** The mean score of both agents, if it was judged. */
export function scoreOf({ judgement }: EpisodeData): number | undefined {
  return judgement && 'overall' in judgement ? judgement.overall[2] : undefined;
}
