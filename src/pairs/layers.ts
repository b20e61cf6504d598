// Layers of states as matrices, one at a time: all layers of a study at once are more than a machine's memory.

import { layerNumber, type RecordedLayers, shownLayer } from '../episodes/recorded-layers.ts';
import type { Seat } from '../episodes/types.ts';
import { at } from '../numerics/lookup.ts';
import { type Matrix, matrixOf } from '../numerics/matrix.ts';
import { type OpenStates, readLayer } from '../recordings/states.ts';
import type { Sample, StateRef } from './align.ts';

/** The states of all samples on one side, by layer. Whether they lie in memory or on disk is nobody's business. */
export interface LayerSource {
  readonly layers: number;
  /** Which of the model's layers these are; absent where they are all. */
  readonly recorded?: RecordedLayers | undefined;
  /** Dimensions of a state, D. */
  readonly hiddenSize: number;
  /** Rows of every layer. */
  readonly samples: number;
  /**
   * One layer, 0-based among these: (samples, D). The caller must not change it.
   *
   * @param into memory of samples · D values that may be used for it; reading into it again ends the matrix's life
   */
  read(layer: number, into?: Float32Array): Promise<Matrix>;
}

/**
 * One side of samples whose states lie in files, each of which is read once for a layer.
 *
 * @returns layers of float32; reading throws CorruptFile naming file, layer and round for values that are NaN or infinite
 */
export function recordingLayers(
  recordings: readonly { readonly states: OpenStates }[],
  samples: readonly Sample[],
  side: 'source' | 'target',
): LayerSource {
  const { layers, recorded, hiddenSize } = sideShape(recordings, samples, side);
  const files = rowsByFile(samples, side);
  return {
    ...{ layers, recorded, hiddenSize, samples: samples.length },
    async read(layer, into) {
      const size = samples.length * hiddenSize;
      const data = into && into.length >= size ? into.subarray(0, size) : new Float32Array(size);
      for (const [{ recording, seat }, rows] of files) {
        const values = await readLayer(at(recordings, recording).states, seat, layer);
        for (const [row, round] of rows)
          data.set(values.subarray((round - 1) * hiddenSize, round * hiddenSize), row * hiddenSize);
      }
      return matrixOf(samples.length, hiddenSize, data);
    },
  };
}

/** How many layers either side has, and which of its model's they are. */
export interface SideLayers {
  readonly sourceLayers: number;
  readonly targetLayers: number;
  /** Of the source model, what the rows of a map of layers are; absent where all of its layers were recorded. */
  readonly sourceRecorded?: RecordedLayers;
  /** Of the target model, what the columns are. */
  readonly targetRecorded?: RecordedLayers;
}

type Side = Pick<LayerSource, 'layers' | 'recorded'>;

export function sideLayers(source: Side, target: Side): SideLayers {
  return {
    ...{ sourceLayers: source.layers, targetLayers: target.layers },
    ...(source.recorded && { sourceRecorded: source.recorded }),
    ...(target.recorded && { targetRecorded: target.recorded }),
  };
}

/** Of something that says more, its layers alone. */
export function sidesOf({
  sourceLayers,
  targetLayers,
  sourceRecorded,
  targetRecorded,
}: SideLayers): SideLayers {
  const source = { layers: sourceLayers, recorded: sourceRecorded };
  return sideLayers(source, { layers: targetLayers, recorded: targetRecorded });
}

/** Source and target layer of a cell of a map, row-major, as people count them: from 1 in the models. */
export function shownPair(
  { targetLayers, sourceRecorded, targetRecorded }: Omit<SideLayers, 'sourceLayers'>,
  cell: number,
): readonly [source: number, target: number] {
  return [
    shownLayer(sourceRecorded, Math.floor(cell / targetLayers)),
    shownLayer(targetRecorded, cell % targetLayers),
  ];
}

/** Layers that are in memory already, each (samples, D). Throws RangeError if their shapes differ. */
export function arrayLayers(matrices: readonly Matrix[]): LayerSource {
  const [first] = matrices;
  if (!first) throw new RangeError('no layers');
  const { rows, columns } = first;
  const odd = matrices.findIndex((matrix) => matrix.rows !== rows || matrix.columns !== columns);
  if (odd !== -1) throw new RangeError(`layer ${odd} is not ${rows} × ${columns}, as layer 0 is`);
  return {
    layers: matrices.length,
    hiddenSize: columns,
    samples: rows,
    read: async (layer) => at(matrices, layer),
  };
}

/** `count` of so many layers, spread evenly, 0-based; all of them if there are no more. */
export function spreadLayers(layers: number, count: number): number[] {
  const chosen = Math.min(count, layers);
  return Array.from({ length: chosen }, (_, i) => Math.floor(((i + 0.5) * layers) / chosen));
}

/** Some layers of a source, in the order in which they are named, 0-based. */
export function onlyLayers(
  source: LayerSource,
  chosen: readonly number[],
): LayerSource & { readonly recorded: RecordedLayers } {
  const { recorded, layers, hiddenSize, samples } = source;
  const numbers = chosen.map((place) => layerNumber(recorded, place));
  return {
    ...{ layers: chosen.length, hiddenSize, samples },
    recorded: { numbers, of: recorded?.of ?? layers },
    read: (layer, into) => source.read(at(chosen, layer), into),
  };
}

/** A source whose layers stay in memory once they have been read, as many as fit into `bytes`. */
export function withCache(source: LayerSource, bytes: number): LayerSource {
  const kept = new Map<number, Matrix>();
  let used = 0;
  return {
    layers: source.layers,
    recorded: source.recorded,
    hiddenSize: source.hiddenSize,
    samples: source.samples,
    async read(layer) {
      const known = kept.get(layer);
      if (known) return known;
      const matrix = await source.read(layer);
      // First come, first kept: layers are read in the same order again and again, where dropping the one that
      // was used longest ago would drop each just before its turn.
      if (used + matrix.data.byteLength <= bytes && !kept.has(layer)) {
        kept.set(layer, matrix);
        used += matrix.data.byteLength;
      }
      return matrix;
    },
  };
}

type FileKey = Pick<StateRef, 'recording' | 'seat'>;

/** For every file and seat the matrix rows that come from it, each with its round. */
function rowsByFile(samples: readonly Sample[], side: 'source' | 'target'): [FileKey, [number, number][]][] {
  const files = new Map<string, [FileKey, [number, number][]]>();
  for (const [row, sample] of samples.entries()) {
    const { recording, seat, round } = sample[side];
    const name = `${recording}/${seat}`;
    const file = files.get(name) ?? [{ recording, seat }, []];
    file[1].push([row, round]);
    files.set(name, file);
  }
  return [...files.values()];
}

/** Shape of the states on one side. `openRecordings` has made sure that the recordings agree. */
function sideShape(
  recordings: readonly { readonly states: OpenStates }[],
  samples: readonly Sample[],
  side: 'source' | 'target',
): Pick<LayerSource, 'layers' | 'recorded' | 'hiddenSize'> {
  const ref: { recording: number; seat: Seat } | undefined = samples[0]?.[side];
  const tensor = ref && recordings[ref.recording]?.states[ref.seat];
  if (!tensor) throw new RangeError('no samples');
  return { layers: tensor.layers, recorded: tensor.recorded, hiddenSize: tensor.hiddenSize };
}
