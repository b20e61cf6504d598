// The layer explorer: a map, the cell that is chosen, and the conversations behind it.

import { useMemo, useRef, useState } from 'preact/hooks';
import { decimals, intervalText, percent } from '../../figures/number-text.ts';
import { pairName } from '../../recordings/file-name.ts';
import type { ContributionData, MapData, PageData } from '../data.ts';
import { type Contribution, contributionMap, contributionsOf, episodeKey, sortText } from '../episodes.ts';
import {
  bestCell,
  cellNumbers,
  hasCell,
  isBestTarget,
  layerPlaces,
  mapName,
  mapTitle,
  pictureOf,
} from '../maps.ts';
import { type Cell, NO_FILTER, routeText } from '../routes.ts';
import { Curve, Dots, Histogram } from './charts.tsx';
import { CopyMenu } from './copy-menu.tsx';
import { EpisodeLine } from './episode-line.tsx';
import { LayerMap, Legend } from './layer-map.tsx';
import { useNavigate } from './navigate.ts';
import { NotHere } from './not-here.tsx';

interface MapScreenProps {
  readonly data: PageData;
  readonly id: string;
  readonly cell: Cell | undefined;
}

export function MapScreen({ data, id, cell }: MapScreenProps) {
  const map = data.maps.find((one) => one.id === id) ?? (id === '' ? data.maps[0] : undefined);
  if (!map)
    return <NotHere what={data.maps.length === 0 ? 'Nothing is measured yet.' : `There is no map ${id}.`} />;
  return <Explorer data={data} map={map} cell={cell && hasCell(map, cell) ? cell : bestCell(map)} />;
}

function Explorer({
  data,
  map,
  cell,
}: {
  readonly data: PageData;
  readonly map: MapData;
  readonly cell: Cell;
}) {
  const navigate = useNavigate();
  const [hover, setHover] = useState<Cell | undefined>(undefined);
  const frame = useRef<HTMLDivElement>(null);
  const picture = useMemo(() => pictureOf(data, map), [data, map]);
  const choose = (next: Cell, how: 'click' | 'key') =>
    navigate({ screen: 'map', id: map.id, cell: next }, how === 'key' ? 'replace' : 'push');
  return (
    <section>
      <h2>Layer by layer</h2>
      <MapChoice data={data} map={map} cell={cell} />
      <div class="explorer">
        <div ref={frame}>
          <LayerMap picture={picture} cell={cell} onCell={choose} onHover={setHover} />
          <Legend scale={picture.scale} label="test R², gray below 0" />
          <HoverLine map={map} cell={hover ?? cell} />
          <p class="source">
            Click a cell, or focus the map and use the arrow keys. Black boxes: the best target of each source
            layer.
          </p>
          <p class="source">Made with: {map.made.join('; ')}.</p>
          <CopyMenu map={map} cell={cell} frame={frame} />
        </div>
        <CellDetails data={data} map={map} cell={cell} />
      </div>
      <CellEpisodes data={data} map={map} cell={cell} />
    </section>
  );
}

/** Which map: seat order with direction, and condition. The cell stays where it is if the other map has it. */
function MapChoice({
  data,
  map,
  cell,
}: {
  readonly data: PageData;
  readonly map: MapData;
  readonly cell: Cell;
}) {
  const navigate = useNavigate();
  const go = (condition: string, pair: string, direction: string) => {
    const next =
      data.maps.find(
        (one) => one.condition === condition && pairName(one.models) === pair && one.direction === direction,
      ) ?? data.maps.find((one) => pairName(one.models) === pair && one.direction === direction);
    if (next) navigate({ screen: 'map', id: next.id, cell: hasCell(next, cell) ? cell : undefined });
  };
  const lines = [
    ...new Map(data.maps.map((one) => [`${pairName(one.models)} ${one.direction}`, one])).values(),
  ];
  const conditions = [...new Set(data.maps.map(({ condition }) => condition))];
  return (
    <div class="choices">
      <label>
        From → to{' '}
        <select
          value={`${pairName(map.models)} ${map.direction}`}
          onChange={({ currentTarget }) => {
            const [pair = '', direction = ''] = currentTarget.value.split(' ');
            go(map.condition, pair, direction);
          }}
        >
          {lines.map((one) => (
            <option key={one.id} value={`${pairName(one.models)} ${one.direction}`}>
              {mapTitle(one)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Condition{' '}
        <select
          value={map.condition}
          onChange={({ currentTarget }) => go(currentTarget.value, pairName(map.models), map.direction)}
        >
          {conditions.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** What is pointed at, for eyes alone: `CellDetails` tells of the chosen cell. */
function HoverLine({ map, cell }: { readonly map: MapData; readonly cell: Cell }) {
  const { mean, interval } = cellNumbers(map, cell);
  return (
    <p class="hover" aria-hidden="true">
      layer {cell.source + 1} → {cell.target + 1}: R² {decimals(mean)} {interval && intervalText(interval)}
    </p>
  );
}

function CellDetails({
  data,
  map,
  cell,
}: {
  readonly data: PageData;
  readonly map: MapData;
  readonly cell: Cell;
}) {
  const { mean, bySplit, interval, isBest } = cellNumbers(map, cell);
  const own = contributionsOf(data, map);
  const found = own && contributionMap(own, cell);
  return (
    <div class="details">
      <h3 aria-live="polite">
        Layer {cell.source + 1} of {map.source} → layer {cell.target + 1} of {map.target}: R² {decimals(mean)}
      </h3>
      <p>
        {interval
          ? `${map.level === null ? '' : `${percent(map.level)} `}interval ${intervalText(interval)}. `
          : 'No interval was computed for this layer pair. '}
        {isBest ? 'It is the best target of its source layer, so it counts in SyncR². ' : ''}n = {map.samples}
        ; {map.splits.length} split{map.splits.length === 1 ? '' : 's'}.
      </p>
      <Dots label="R² of the same layers, all conditions" dots={conditionDots(data, map, cell)} />
      <Dots label="R² in each split" dots={bySplit.map(({ name, value }) => ({ name, value }))} />
      {own && <RoundCurve own={own} map={map} cell={cell} />}
      {found && (
        <Histogram
          label={`What ${found.size} held-out interactions give: R² of each by itself`}
          values={[...found.values()].map(({ perShare }) => perShare)}
        />
      )}
    </div>
  );
}

function conditionDots(data: PageData, map: MapData, cell: Cell) {
  return data.maps
    .filter(
      (one) =>
        pairName(one.models) === pairName(map.models) &&
        one.direction === map.direction &&
        hasCell(one, cell),
    )
    .map((one) => {
      const { mean, interval } = cellNumbers(one, cell);
      const ends = interval && ([interval.low, interval.high] as const);
      const href = routeText({ screen: 'map', id: one.id, cell });
      return { name: one.condition, value: mean, ends, href, chosen: one.id === map.id };
    });
}

/** Rounds at the cell, if it is its row’s best target; else SyncR² by round. */
function RoundCurve({
  own,
  map,
  cell,
}: {
  readonly own: ContributionData;
  readonly map: MapData;
  readonly cell: Cell;
}) {
  const isBest = isBestTarget(map, cell);
  const { source } = layerPlaces(map, cell);
  const points = own.rounds.map(({ round, value, interval, layers }) => {
    const y = isBest ? (layers[source] ?? Number.NaN) : value;
    const ends = isBest || !interval ? undefined : ([interval.low, interval.high] as const);
    return { x: round, y, ends, note: `round ${round}: ${decimals(y)}` };
  });
  const what = isBest
    ? 'R² of this layer pair by round'
    : 'SyncR² by round (this layer pair is not its row’s best)';
  return <Curve label={what} points={points.filter(({ y }) => Number.isFinite(y))} />;
}

const SHOWN = 8;

/** The conversations behind a cell, the strongest and the weakest. */
function CellEpisodes({
  data,
  map,
  cell,
}: {
  readonly data: PageData;
  readonly map: MapData;
  readonly cell: Cell;
}) {
  const own = contributionsOf(data, map);
  const here = own && contributionMap(own, cell);
  const found = here ?? (own && contributionMap(own, undefined));
  const order = pairName(map.models);
  const sort = own ? sortText(map.id, here && cell) : '';
  const filter = { ...NO_FILTER, order, sort };
  const episodes = useMemo(() => {
    const all = data.episodes.filter((one) => pairName(one.models) === order);
    if (!found) return all;
    const of = ({ interaction }: { readonly interaction: string }) => found.get(interaction)?.perShare;
    return all.filter((one) => of(one) !== undefined).toSorted((a, b) => (of(b) ?? 0) - (of(a) ?? 0));
  }, [data, found, order]);
  const line = (episode: (typeof episodes)[number]) => (
    <EpisodeLine
      key={episodeKey(episode)}
      data={data}
      episode={episode}
      filter={filter}
      contribution={found?.get(episode.interaction)}
    />
  );
  return (
    <section aria-label="Conversations behind the layer pair">
      <h3>Conversations behind it</h3>
      <p class="source">{reason(own, here, found)}</p>
      {episodes.length > 2 * SHOWN && found ? (
        <div class="columns">
          <div>
            <h4>Strongest</h4>
            <ul class="lines">{episodes.slice(0, SHOWN).map(line)}</ul>
          </div>
          <div>
            <h4>Weakest</h4>
            <ul class="lines">{episodes.slice(-SHOWN).toReversed().map(line)}</ul>
          </div>
        </div>
      ) : (
        <ul class="lines">{episodes.slice(0, 2 * SHOWN).map(line)}</ul>
      )}
      <p>
        <a href={routeText({ screen: 'episodes', filter })}>
          All {data.episodes.filter((one) => pairName(one.models) === order).length} conversations of{' '}
          {mapName(map)}
        </a>
      </p>
    </section>
  );
}

function reason(
  own: ContributionData | undefined,
  here: ReadonlyMap<string, Contribution> | undefined,
  found: ReadonlyMap<string, Contribution> | undefined,
): string {
  if (!own)
    return 'All conversations of the seat order went into the map. What each adds is not known here: contributions: true in the study file measures it, for the interactive condition.';
  if (!found) return 'No interaction of these has a contribution.';
  const what = here
    ? 'at this layer pair'
    : 'to SyncR² (those of single layer pairs are in the run’s contributions/ alone)';
  return `By R² of the interaction’s held-out rows ${what}, all simulation seeds together: what it adds, by its share of the rows. Interactions that no split holds out have none.`;
}
