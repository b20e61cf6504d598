// Every conversation of a run: search, filters, order. Only rows in sight are elements, so that ten thousand are no more
// work than twenty.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { pairName } from '../../recordings/file-name.ts';
import type { EpisodeData, PageData } from '../data.ts';
import {
  contributionsOf,
  episodeKey,
  filterEpisodes,
  scoreOf,
  sortContributions,
  sortPlace,
  sortText,
} from '../episodes.ts';
import { mapTitle } from '../maps.ts';
import { type EpisodeFilter, NO_FILTER } from '../routes.ts';
import { EpisodeLink } from './episode-line.tsx';
import { useNavigate } from './navigate.ts';
import { SCROLLS } from './scrolls.ts';

/** Height of a row in the list, px. */
const ROW = 76;
const BEYOND = 6;

export function EpisodesScreen({
  data,
  filter,
}: {
  readonly data: PageData;
  readonly filter: EpisodeFilter;
}) {
  const navigate = useNavigate();
  const found = useMemo(() => filterEpisodes(data, filter), [data, filter]);
  const set = (change: Partial<EpisodeFilter>) =>
    navigate({ screen: 'episodes', filter: { ...filter, ...change } }, 'replace');
  const searchable = data.episodes.every(({ turns }) => turns !== null);
  return (
    <section>
      <h2>Conversations</h2>
      <div class="choices">
        <label class="grow">
          Search: what was said, names, goals{' '}
          <input
            type="search"
            value={filter.q}
            onInput={({ currentTarget }) => set({ q: currentTarget.value })}
          />
        </label>
        <Filters data={data} filter={filter} set={set} />
      </div>
      <p role="status">
        {found.length} of {data.episodes.length} conversations.
        {searchable
          ? ''
          : ' What was said is too much for this page: search looks at names, situations and goals alone.'}
      </p>
      <VirtualList data={data} episodes={found} filter={filter} />
    </section>
  );
}

interface FiltersProps {
  readonly data: PageData;
  readonly filter: EpisodeFilter;
  readonly set: (change: Partial<EpisodeFilter>) => void;
}

function Filters({ data, filter, set }: FiltersProps) {
  const orders = new Map(data.episodes.map(({ models }) => [pairName(models), models.join(' → ')]));
  const seeds = [...new Set(data.episodes.map(({ seed }) => String(seed)))];
  const endings = [...new Set(data.episodes.map(({ ending }) => ending))];
  const sorts = sortChoices(data, filter);
  return (
    <>
      <Select
        label="Models"
        value={filter.order}
        options={[['', 'all'], ...orders]}
        onValue={(order) => set({ order })}
      />
      <Select
        label="Seed"
        value={filter.seed}
        options={[['', 'all'], ...seeds.map(twice)]}
        onValue={(seed) => set({ seed })}
      />
      <Select
        label="Ended"
        value={filter.ended}
        options={[
          ['', 'in any way'],
          ...endings.map((one): Option => [one, one === 'rounds' ? 'rounds over' : one]),
        ]}
        onValue={(ended) => set({ ended })}
      />
      <Select label="Order" value={filter.sort} options={sorts} onValue={(sort) => set({ sort })} />
      {JSON.stringify(filter) !== JSON.stringify(NO_FILTER) && (
        <button type="button" onClick={() => set(NO_FILTER)}>
          Clear
        </button>
      )}
    </>
  );
}

type Option = readonly [value: string, text: string];
const twice = (text: string): Option => [text, text];

function sortChoices(data: PageData, { sort }: EpisodeFilter): Option[] {
  const maps = data.maps.filter((map) => contributionsOf(data, map));
  const place = sortPlace(sort);
  const cell = place?.cell;
  return [
    ['', 'as played'],
    ...(data.episodes.some((one) => scoreOf(one) !== undefined) ? [['score', 'score'] as const] : []),
    ...maps.map((map): Option => [sortText(map.id, undefined), `synchrony, ${mapTitle(map)}`]),
    ...(place && cell ? [[sort, `R² at layers ${cell.source + 1} → ${cell.target + 1}`] as const] : []),
  ];
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  readonly onValue: (value: string) => void;
}

export function Select({ label, value, options, onValue }: SelectProps) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={({ currentTarget }) => onValue(currentTarget.value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ListProps {
  readonly data: PageData;
  readonly episodes: readonly EpisodeData[];
  readonly filter: EpisodeFilter;
}

function VirtualList({ data, episodes, filter }: ListProps) {
  const frame = useRef<HTMLElement>(null);
  const [range, setRange] = useState<readonly [number, number]>([0, 30]);
  const found = useMemo(() => sortContributions(data, filter.sort), [data, filter.sort]);
  const look = () => {
    const { scrollTop = 0, clientHeight = 600 } = frame.current ?? {};
    const first = Math.max(0, Math.floor(scrollTop / ROW) - BEYOND);
    setRange([first, Math.ceil((scrollTop + clientHeight) / ROW) + BEYOND]);
  };
  useEffect(() => {
    frame.current?.scrollTo(0, 0);
    look();
  }, [episodes]);
  return (
    <section class="virtual" ref={frame} onScroll={look} aria-label="List of conversations" {...SCROLLS}>
      <ul class="lines" style={{ height: `${episodes.length * ROW}px` }}>
        {episodes.slice(...range).map((episode, i) => (
          <li key={episodeKey(episode)} style={{ top: `${(range[0] + i) * ROW}px` }}>
            <EpisodeLink
              data={data}
              episode={episode}
              filter={filter}
              contribution={found?.get(episode.interaction)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
