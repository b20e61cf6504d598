// What is drawn of a map, and what is said of its cells.

import { decimals, directionTitle, intervalText } from '../figures/number-text.ts';
import { highEnd } from './colours.ts';
import type { MapPicture } from './components/layer-map.tsx';
import type { MapData, PageData } from './data.ts';
import { decodeFloats } from './floats.ts';
import type { Cell } from './routes.ts';

/** `llama (A) → mistral (B)`. */
export function mapTitle({ direction, source, target }: MapData): string {
  return directionTitle({ direction, sourceModel: source, targetModel: target });
}

/** `llama (A) → mistral (B), interactive`. */
export function mapName(map: MapData): string {
  return `${mapTitle(map)}, ${map.condition}`;
}

/** As much of a map, or of what belongs to one, as says which layers it has. */
type Layers = Pick<MapData, 'sourceLayers' | 'targetLayers' | 'sourceNumbers' | 'targetNumbers'>;

/** Where a layer stands among those that were recorded; −1 if it is not one of them. */
export function layerPlaces({ sourceNumbers, targetNumbers }: Layers, { source, target }: Cell): Cell {
  return {
    source: sourceNumbers?.indexOf(source) ?? source,
    target: targetNumbers?.indexOf(target) ?? target,
  };
}

/** The cell in a place of a map’s arrays. */
function cellAt({ targetLayers, sourceNumbers, targetNumbers }: Layers, place: number): Cell {
  const [source, target] = [Math.floor(place / targetLayers), place % targetLayers];
  return { source: sourceNumbers?.[source] ?? source, target: targetNumbers?.[target] ?? target };
}

/** The place of a cell in a map’s arrays. */
export function placeOf(map: Layers, cell: Cell): number {
  const { source, target } = layerPlaces(map, cell);
  return source * map.targetLayers + target;
}

/** The cell that a map opens with: its highest R². */
export function bestCell(map: MapData): Cell {
  const values = decodeFloats(map.mean);
  const best = values.reduce((at, value, i) => (value > (values[at] ?? 0) ? i : at), 0);
  return cellAt(map, best);
}

/** Whether a map has a cell. */
export function hasCell(map: MapData, cell: Cell): boolean {
  const { source, target } = layerPlaces(map, cell);
  return source >= 0 && target >= 0 && source < map.sourceLayers && target < map.targetLayers;
}

/** Maps of the same seat order share one scale, whatever their condition and direction. */
export function scaleOf(data: PageData, map: MapData): number {
  const alike = data.maps.filter(({ models }) => models.join('\n') === map.models.join('\n'));
  return highEnd(alike.map(({ mean }) => decodeFloats(mean)));
}

export function pictureOf(data: PageData, map: MapData): MapPicture {
  const { sourceLayers: rows, targetLayers: columns, source, target, syncR2 } = map;
  return {
    ...{ values: decodeFloats(map.mean), rows, columns, scale: { kind: 'r2', high: scaleOf(data, map) } },
    axes: [`source layer, ${source}`, `target layer, ${target}`],
    numbers: [map.sourceNumbers, map.targetNumbers],
    boxed: bestTargets(map),
    label: `Test R² by layers, ${mapName(map)}; SyncR² ${decimals(syncR2.value)} ${intervalText(syncR2.interval)}`,
  };
}

/** The best target of each source layer. */
function bestTargets({ bestTarget, sourceNumbers }: MapData): Cell[] {
  return bestTarget.map((target, i) => ({ source: sourceNumbers?.[i] ?? i, target }));
}

/** Whether SyncR² takes a cell. */
export function isBestTarget(map: MapData, cell: Cell): boolean {
  return map.bestTarget[layerPlaces(map, cell).source] === cell.target;
}

/** All that is known of a cell. */
export interface CellNumbers {
  readonly mean: number;
  readonly bySplit: readonly { readonly name: string; readonly value: number }[];
  readonly interval: { readonly low: number; readonly high: number } | undefined;
  readonly isBest: boolean;
}

export function cellNumbers(map: MapData, cell: Cell): CellNumbers {
  const place = placeOf(map, cell);
  const size = map.sourceLayers * map.targetLayers;
  const splits = decodeFloats(map.bySplit);
  const found = map.intervals.find(([source, target]) => source === cell.source && target === cell.target);
  return {
    mean: decodeFloats(map.mean)[place] ?? Number.NaN,
    bySplit: map.splits.map(({ seed, fold }, i) => ({
      name: fold === undefined ? `seed ${seed}` : `seed ${seed}, fold ${fold + 1}`,
      value: splits[i * size + place] ?? Number.NaN,
    })),
    interval: found && { low: found[2], high: found[3] },
    isBest: isBestTarget(map, cell),
  };
}

/** Every layer pair with every split, as `tables/r2+….csv` has them, layers from 1. */
export function mapCsv(map: MapData): string {
  const values = decodeFloats(map.mean);
  const header = [
    'source_layer',
    'target_layer',
    'mean_r2',
    ...map.splits.map((_, i) => `r2_split_${i + 1}`),
  ];
  const lines = Array.from(values, (value, place) => {
    const cell = cellAt(map, place);
    return [
      cell.source + 1,
      cell.target + 1,
      value,
      ...cellNumbers(map, cell).bySplit.map((one) => one.value),
    ].join();
  });
  return `${[header.join(), ...lines].join('\r\n')}\r\n`;
}

/** Lines that read the cell from the run’s own files, in double precision. */
export function mapPython(map: MapData, cell: Cell): string {
  const [pair = '', condition = '', direction = ''] = map.id.split('/');
  const { source, target } = layerPlaces(map, cell);
  // Arrays have the layers that were recorded.
  const layers = map.sourceNumbers || map.targetNumbers ? 'recorded, in their order' : '0-based';
  return `# ${mapName(map)}; ${map.made.join('; ')}
from safetensors.numpy import load_file

run = "."  # the run's folder, which has manifest.json
maps = load_file(f"{run}/synchrony/${pair}/${condition}/ridge.${direction}.safetensors")
mean = maps["mean_r2"]  # (${map.sourceLayers} source layers, ${map.targetLayers} target layers), ${layers}
print(mean[${source}, ${target}], maps["r2"][:, ${source}, ${target}])
`;
}
