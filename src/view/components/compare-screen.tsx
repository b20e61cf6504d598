// Two maps on one scale, their difference, and the interactions in which they differ most.

import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { decimals } from '../../figures/number-text.ts';
import { pairName } from '../../recordings/file-name.ts';
import { highEnd } from '../colours.ts';
import type { MapData, PageData } from '../data.ts';
import { contributionMap, contributionsOf } from '../episodes.ts';
import { decodeFloats } from '../floats.ts';
import { cellNumbers, hasCell, mapName, pictureOf } from '../maps.ts';
import { type Cell, NO_FILTER, routeText } from '../routes.ts';
import { Select } from './episodes-screen.tsx';
import { LayerMap, Legend } from './layer-map.tsx';
import { Server, useNavigate } from './navigate.ts';
import { NotHere } from './not-here.tsx';
import { type OtherRun, OtherRunChoice } from './other-run.tsx';
import { SCROLLS } from './scrolls.ts';

interface CompareProps {
  readonly data: PageData;
  readonly x: string;
  readonly y: string;
  readonly cell: Cell | undefined;
}

/** A map with the run that it is of. */
interface Side {
  readonly data: PageData;
  readonly map: MapData;
}

/** `~other-study~` before a map’s id says that it is of that run of the list, `~~` that it is of a file. */
const keyIn = (run: string, id: string) => `~${encodeURIComponent(run).replaceAll('~', '%7E')}~${id}`;

/** The run of the list that an address names; undefined for this run’s own maps, and those of a file. */
function runIn(key: string): string | undefined {
  const name = /^~([^~]+)~/.exec(key)?.[1];
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

/** The other run: opened by hand, or the one that the address names, which is asked of the server. */
function useOther(x: string, y: string) {
  const server = useContext(Server);
  const [other, setOther] = useState<OtherRun | undefined>(undefined);
  const wanted = runIn(x) ?? runIn(y);
  useEffect(() => {
    if (wanted === undefined || wanted === other?.name || !server?.page) return;
    server.page(wanted).then(
      (data) => data && setOther({ name: wanted, data }),
      // A run that is gone: its maps are simply not there.
      () => {},
    );
  }, [wanted, server, other]);
  return [other, setOther] as const;
}

export function CompareScreen({ data, x, y, cell }: CompareProps) {
  const navigate = useNavigate();
  const [other, setOther] = useOther(x, y);
  const sides = useMemo(() => sidesOf(data, other), [data, other]);
  const first = sides.get(x) ?? [...sides.values()][0];
  const second = sides.get(y) ?? partnerOf(sides, first);
  if (!first || !second) return <NotHere what="There are no two maps to compare." />;
  const key = (side: Side) => [...sides].find(([, one]) => one === side)?.[0] ?? '';
  const go = (next: { x?: string; y?: string; cell?: Cell | undefined }, how: 'push' | 'replace' = 'push') =>
    navigate({ screen: 'compare', x: key(first), y: key(second), cell, ...next }, how);
  const options = [...sides].map(([id, side]) => [id, sideName(side, data)] as const);
  return (
    <section>
      <h2>Compare</h2>
      <div class="choices">
        <Select label="This" value={key(first)} options={options} onValue={(id) => go({ x: id })} />
        <Select label="minus this" value={key(second)} options={options} onValue={(id) => go({ y: id })} />
        <OtherRunChoice
          other={other}
          onOther={(found) => {
            setOther(found);
            const [map] = found.data.maps;
            if (map) go({ y: keyIn(found.name, map.id) });
          }}
        />
      </div>
      <Pictures
        data={data}
        sides={[first, second]}
        cell={cell}
        onCell={(next, how) => go({ cell: next }, how === 'key' ? 'replace' : 'push')}
      />
    </section>
  );
}

const sideName = ({ data, map }: Side, here: PageData): string =>
  data === here ? mapName(map) : `${mapName(map)} (${data.study}, the other run)`;

function sidesOf(data: PageData, other: OtherRun | undefined): ReadonlyMap<string, Side> {
  const own = data.maps.map((map): [string, Side] => [map.id, { data, map }]);
  const others = (other?.data.maps ?? []).map((map): [string, Side] => [
    keyIn(other?.name ?? '', map.id),
    { data: other?.data ?? data, map },
  ]);
  return new Map([...own, ...others]);
}

/** What a map is set beside at first: the same direction in another condition, or the other direction. */
function partnerOf(sides: ReadonlyMap<string, Side>, first: Side | undefined): Side | undefined {
  const others = [...sides.values()].filter((one) => one !== first);
  const map = first?.map;
  return (
    others.find(
      (one) =>
        map && pairName(one.map.models) === pairName(map.models) && one.map.direction === map.direction,
    ) ?? others[0]
  );
}

interface PicturesProps {
  readonly data: PageData;
  readonly sides: readonly [Side, Side];
  readonly cell: Cell | undefined;
  readonly onCell: (cell: Cell, how: 'click' | 'key') => void;
}

function Pictures({ data, sides: [x, y], cell, onCell }: PicturesProps) {
  const high = highEnd([decodeFloats(x.map.mean), decodeFloats(y.map.mean)]);
  const scale = { kind: 'r2', high } as const;
  const alike = sameLayers(x.map, y.map);
  const chosen = alike && cell && hasCell(x.map, cell) ? cell : undefined;
  const choosing = alike ? { cell: chosen, onCell } : {};
  return (
    <>
      <div class="columns three maps">
        {[x, y].map((side, i) => (
          <div key={side.map.id}>
            <h3>{sideName(side, data)}</h3>
            <p class="source">
              SyncR² {decimals(side.map.syncR2.value)}; {side.map.made.join('; ')}
            </p>
            <LayerMap
              picture={{ ...pictureOf(side.data, side.map), scale }}
              {...(i === 0 ? choosing : { cell: chosen })}
            />
            <Legend scale={scale} label="test R²" />
          </div>
        ))}
        {alike ? <Difference x={x} y={y} cell={chosen} /> : <Unlike x={x.map} y={y.map} />}
      </div>
      {chosen && <CellDifference x={x.map} y={y.map} cell={chosen} />}
      <Interactions x={x} y={y} />
    </>
  );
}

/** Whether every cell of one map is a cell of the other. */
function sameLayers(x: MapData, y: MapData): boolean {
  const shape = ({ sourceLayers, targetLayers, sourceNumbers, targetNumbers }: MapData) =>
    JSON.stringify([sourceLayers, targetLayers, sourceNumbers, targetNumbers]);
  return shape(x) === shape(y);
}

function Unlike({ x, y }: { readonly x: MapData; readonly y: MapData }) {
  return (
    <p>
      The maps have {x.sourceLayers} × {x.targetLayers} and {y.sourceLayers} × {y.targetLayers} layers: the
      layer pairs of one are not those of the other, so there is no difference to draw.
    </p>
  );
}

/** Clusters of the interactive condition minus another of the same direction, if these are the two. */
function clustersOf({ data, map: x }: Side, { map: y }: Side) {
  return data.clusters.find(
    ({ models, direction, condition }) =>
      condition === y.condition &&
      [x, y].every((map) => map.direction === direction && pairName(map.models) === pairName(models)) &&
      x.condition === data.reference,
  );
}

function Difference({ x, y, cell }: { readonly x: Side; readonly y: Side; readonly cell: Cell | undefined }) {
  const [first, second] = [decodeFloats(x.map.mean), decodeFloats(y.map.mean)];
  const values = first.map((value, i) => value - (second[i] ?? Number.NaN));
  const scale = { kind: 'difference', high: highEnd([values], true) } as const;
  const found = x.data === y.data ? clustersOf(x, y) : undefined;
  const best = found?.clusters[0];
  const picture = {
    ...{ values, rows: x.map.sourceLayers, columns: x.map.targetLayers, scale },
    axes: ['source layer', 'target layer'] as const,
    numbers: [x.map.sourceNumbers, x.map.targetNumbers] as const,
    outlined: best?.cells,
    label: `Difference of R² by layers, ${mapName(x.map)} minus ${mapName(y.map)}`,
  };
  return (
    <div>
      <h3>The first minus the second</h3>
      <p class="source">
        {best
          ? `Outlined: the largest cluster of the permutation test, ${best.cells.length} layer pairs, p = ${decimals(best.p)}. The test compares the two on the rows that both have, so its differences are not quite these.`
          : 'Cell by cell. No test of clusters belongs to this difference.'}
      </p>
      <LayerMap picture={picture} cell={cell} />
      <Legend scale={scale} label="difference of R²" />
    </div>
  );
}

function CellDifference({ x, y, cell }: { readonly x: MapData; readonly y: MapData; readonly cell: Cell }) {
  const [a, b] = [cellNumbers(x, cell).mean, cellNumbers(y, cell).mean];
  return (
    <p aria-live="polite">
      Layer {cell.source + 1} → {cell.target + 1}: {decimals(a)} minus {decimals(b)} ={' '}
      <strong>{decimals(a - b)}</strong>.
    </p>
  );
}

/** Interactions by the difference of what they give, where both maps have contributions. */
function Interactions({ x, y }: { readonly x: Side; readonly y: Side }) {
  const [first, second] = [x, y].map(({ data, map }) => {
    const own = contributionsOf(data, map);
    return own && contributionMap(own, undefined);
  });
  if (!first || !second)
    return (
      <p class="source">
        Which interactions make the difference is known where both maps have contributions: those of the
        interactive condition.
      </p>
    );
  const rows = [...first].flatMap(([interaction, { perShare }]) => {
    const other = second.get(interaction);
    return other ? [{ interaction, a: perShare, b: other.perShare }] : [];
  });
  rows.sort((one, two) => Math.abs(two.a - two.b) - Math.abs(one.a - one.b));
  return (
    <details>
      <summary>{rows.length} interactions by difference</summary>
      <div class="scroll" {...SCROLLS}>
        <table>
          <thead>
            <tr>
              <th scope="col">Interaction</th>
              <th scope="col" class="number">
                first
              </th>
              <th scope="col" class="number">
                second
              </th>
              <th scope="col" class="number">
                difference
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, 100).map(({ interaction, a, b }) => (
              <tr key={interaction}>
                <th scope="row">
                  <a href={routeText({ screen: 'episodes', filter: { ...NO_FILTER, interaction } })}>
                    {interaction}
                  </a>
                </th>
                <td class="number">{decimals(a)}</td>
                <td class="number">{decimals(b)}</td>
                <td class="number">{decimals(a - b)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
