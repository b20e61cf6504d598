// Layers of states as matrices, one at a time: all layers of a study at once are more than a machine's memory.

import type { Seat } from '../episodes/types.ts';
import { at } from '../numerics/lookup.ts';
import { type Matrix, type Matrix32, matrixOf } from '../numerics/matrix.ts';
import { type OpenStates, readLayer } from '../recordings/states.ts';
import type { Sample, StateRef } from './align.ts';

/** The states of all samples on one side, by layer. Whether they lie in memory or on disk is nobody's business. */
export interface LayerSource {
  readonly layers: number;
  /** Dimensions of a state, D. */
  readonly hiddenSize: number;
  /** Rows of every layer. */
  readonly samples: number;
  /**
   * One layer, 0-based: (samples, D). The caller must not change it.
   *
   * @param into memory of samples · D values that may be used for it; reading into it again ends the matrix's life
   */
  read(layer: number, into?: Float32Array): Promise<Matrix>;
}

/**
 * One layer of one side of all samples; every file is read once.
 *
 * @param layer 0-based
 * @param into memory for it, if it is large enough
 * @returns (samples, D), float32
 * @throws CorruptFile naming file, layer and round for values that are NaN or infinite
 */
export async function gatherLayer(
  recordings: readonly { readonly states: OpenStates }[],
  samples: readonly Sample[],
  side: 'source' | 'target',
  layer: number,
  into?: Float32Array,
): Promise<Matrix32> {
  const { hiddenSize } = sideShape(recordings, samples, side);
  const size = samples.length * hiddenSize;
  const data = into && into.length >= size ? into.subarray(0, size) : new Float32Array(size);
  const matrix = matrixOf(samples.length, hiddenSize, data);
  for (const [key, rows] of rowsByFile(samples, side)) {
    const { recording, seat } = key;
    const values = await readLayer(at(recordings, recording).states, seat, layer);
    for (const [row, round] of rows)
      matrix.data.set(values.subarray((round - 1) * hiddenSize, round * hiddenSize), row * hiddenSize);
  }
  return matrix;
}

/** One side of samples whose states lie in files. */
export function recordingLayers(
  recordings: readonly { readonly states: OpenStates }[],
  samples: readonly Sample[],
  side: 'source' | 'target',
): LayerSource {
  const { layers, hiddenSize } = sideShape(recordings, samples, side);
  return {
    layers,
    hiddenSize,
    samples: samples.length,
    read: (layer, into) => gatherLayer(recordings, samples, side, layer, into),
  };
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

/** A source whose layers stay in memory once they have been read, as many as fit into `bytes`. */
export function withCache(source: LayerSource, bytes: number): LayerSource {
  const kept = new Map<number, Matrix>();
  let used = 0;
  return {
    layers: source.layers,
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
): { layers: number; hiddenSize: number } {
  const ref: { recording: number; seat: Seat } | undefined = samples[0]?.[side];
  const tensor = ref && recordings[ref.recording]?.states[ref.seat];
  if (!tensor) throw new RangeError('no samples');
  return { layers: tensor.layers, hiddenSize: tensor.hiddenSize };
}
