// States on disk: one safetensors file per episode with the tensors `A` and `B`, each (layers, rounds, D) and
// layer-major, so that one layer of one episode is one contiguous read. Python's `safetensors` opens them as they are.

import { layerNumber, type RecordedLayers } from '../episodes/recorded-layers.ts';
import { STATE_POSITIONS, type StatePosition } from '../episodes/state-position.ts';
import type { AgentStates, Seat } from '../episodes/types.ts';
import { CorruptFile, ModelMismatch } from '../errors.ts';
import { FLOAT16_MAX, toFloat16 } from '../numerics/float16.ts';
import {
  encodeSafetensors,
  parseSafetensorsHeader,
  readFloats,
  type SafetensorsDtype,
  type TensorEntry,
  toFloats,
} from '../numerics/safetensors.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { checkFormat } from './result-file.ts';
import type { ReadBytes, StatesMemory } from './states-memory.ts';

const STATES_FORMAT = 'interbrain-states-1';

const DTYPES: readonly SafetensorsDtype[] = ['F64', 'F32', 'F16', 'BF16'];

const ADVICE = 'delete the file and record the episode again';

/** Nobody is told to delete a file that interbrain did not write. */
const NOT_OURS =
  'name a run’s folder, or one of states files, each with A and B of shape [layers, rounds, D]';

const adviceFor = (metadata: Readonly<Record<string, string>>) =>
  metadata['format']?.startsWith('interbrain-states-') ? ADVICE : NOT_OURS;

/** How states are kept: `F16` takes half the room, and rounds to 11 binary digits. */
export const STATE_VALUES = ['F32', 'F16'] as const;

/** What is recorded, and how it is kept; the paper's state in float32 by default. */
export interface StatesChoice {
  readonly position?: StatePosition | undefined;
  readonly values?: (typeof STATE_VALUES)[number] | undefined;
}

/** What a states file says of itself besides its values. */
export interface StatesMetadata extends StatesChoice {
  readonly condition: string;
  /** Ids of the models, A then B. */
  readonly models: readonly [string, string];
  /** Content hashes of the models, A then B. */
  readonly revisions: readonly [string, string];
  /** SHA-256, hex, of the prompts' hashes one per line in the order of the turns. */
  readonly promptsSha256: string;
  /** Hash of everything that the states depend on, where no transcript of their own names it: a reader's. */
  readonly inputs?: string;
}

/** One agent's tensor in an opened file. */
interface OpenTensor {
  readonly layers: number;
  /** Which of the model's layers these are; absent where they are all. */
  readonly recorded?: RecordedLayers;
  readonly rounds: number;
  readonly hiddenSize: number;
  readonly entry: TensorEntry;
}

/** A states file of which only the header has been read. */
export interface OpenStates extends Readonly<Record<Seat, OpenTensor>> {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** How values are read where the file stays in memory. */
  readonly held?: ReadBytes;
}

/** The same states; where there is room for all of them, every file is read once and stays in memory. */
export async function holdStates(all: readonly OpenStates[], memory: StatesMemory): Promise<OpenStates[]> {
  const files = all.map(({ path, A, B }) => ({ path, entries: [A.entry, B.entry] }));
  const held = await memory.hold(files);
  return all.map((states, i) => ({ ...states, ...(held[i] && { held: held[i] }) }));
}

/**
 * Writes the states of one episode, float32 unless it is to be F16, whole or not at all. The same states give the same bytes.
 *
 * @throws ModelMismatch for a state that is NaN or infinite, beyond what F16 holds, or not as long as its shape says
 */
export async function writeStates(
  path: string,
  states: Readonly<Record<Seat, AgentStates>>,
  metadata: StatesMetadata,
): Promise<void> {
  const seats = ['A', 'B'] as const;
  const { values: dtype = 'F32', position = 'last' } = metadata;
  const most = dtype === 'F16' ? FLOAT16_MAX : Number.POSITIVE_INFINITY;
  checkStates(metadata.models[0], 'A', states.A, most);
  checkStates(metadata.models[1], 'B', states.B, most);
  const tensors = seats.map((seat) => {
    const { layers, rounds, hiddenSize, data } = states[seat];
    const kept = dtype === 'F16' ? toFloat16(data) : data;
    return { name: seat, dtype, shape: [layers, rounds, hiddenSize], data: kept };
  });
  const bytes = encodeSafetensors(tensors, {
    format: STATES_FORMAT,
    condition: metadata.condition,
    model_A: metadata.models[0],
    model_B: metadata.models[1],
    revision_A: metadata.revisions[0],
    revision_B: metadata.revisions[1],
    prompts_sha256: metadata.promptsSha256,
    // What is not said is the paper's, so that such files stay as they were.
    ...(position !== 'last' && { position }),
    ...layersMetadata('A', states.A),
    ...layersMetadata('B', states.B),
    ...(metadata.inputs !== undefined && { inputs: metadata.inputs }),
  });
  await writeFileAtomic(path, bytes);
}

/**
 * Opens a states file: reads its header and checks it against the file's size, which is a cheap way to know that it is
 * whole; no values are read. Files made by other programs need
 * no metadata, just the two tensors; values may be F64, F32, F16 or BF16.
 *
 * @throws BadInput if there is no such file; OtherFormat if it is of another format or version of ours; CorruptFile if
 * it is cut short or holds no states
 */
export async function openStates(path: string): Promise<OpenStates> {
  const { tensors, metadata } = await parseSafetensorsHeader(path);
  const format = metadata['format'];
  // PyTorch and others write `pt` or `np` there; only a later version of ours is beyond us.
  if (format?.startsWith('interbrain-')) checkFormat(path, format, STATES_FORMAT, adviceFor(metadata));
  const advice = adviceFor(metadata);
  const open = (seat: Seat) => {
    const opened = openTensor(path, seat, tensors.get(seat), advice);
    const recorded = recordedOf(path, seat, opened.layers, metadata);
    return recorded ? { ...opened, recorded } : opened;
  };
  return { path, metadata, A: open('A'), B: open('B') };
}

/**
 * Where in the prompts the states were taken.
 *
 * @throws CorruptFile for a place that is none
 */
export function positionOf({ path, metadata }: Pick<OpenStates, 'path' | 'metadata'>): StatePosition {
  const text = metadata['position'] ?? 'last';
  const position = STATE_POSITIONS.find((one) => one === text);
  if (position === undefined)
    throw new CorruptFile(path, `position ${text}; ${STATE_POSITIONS.join(', ')} are known; ${ADVICE}`);
  return position;
}

/**
 * One layer of one agent, by a single read from the file, or from what is held of it.
 *
 * @param layer its place among the layers that were recorded, 0-based
 * @returns (rounds, D), float32, not to be changed
 * @throws CorruptFile naming file, seat, layer and round if a value is NaN or infinite, or the file was cut short
 */
export async function readLayer(states: OpenStates, seat: Seat, layer: number): Promise<Float32Array> {
  const { layers, recorded, rounds, hiddenSize, entry } = states[seat];
  if (!(Number.isInteger(layer) && layer >= 0 && layer < layers))
    throw new RangeError(`layer ${layer} of ${layers} in ${states.path}`);
  const size = rounds * hiddenSize;
  const values = await readValues(states, entry, [layer * size, (layer + 1) * size]);
  const bad = findNonFinite(values);
  if (bad !== -1) {
    const round = Math.floor(bad / hiddenSize) + 1;
    const where = `seat ${seat}, layer ${layerNumber(recorded, layer)}, round ${round}`;
    throw new CorruptFile(
      states.path,
      `${where}: dimension ${bad % hiddenSize} is ${values[bad]}; ${adviceFor(states.metadata)}`,
    );
  }
  return values;
}

async function readValues(
  { path, held }: OpenStates,
  entry: TensorEntry,
  [from, to]: readonly [number, number],
): Promise<Float32Array> {
  if (held === undefined) return readFloats(path, entry, [from, to]);
  const width = (entry.end - entry.begin) / entry.shape.reduce((product, size) => product * size, 1);
  return toFloats(path, entry, await held(entry, [from * width, to * width]));
}

function openTensor(path: string, seat: Seat, entry: TensorEntry | undefined, advice: string): OpenTensor {
  if (!entry) throw new CorruptFile(path, `no tensor ${seat}; a states file holds A and B; ${advice}`);
  const [layers, rounds, hiddenSize, ...rest] = entry.shape;
  if (layers === undefined || rounds === undefined || hiddenSize === undefined || rest.length > 0) {
    const found = `tensor ${seat} has shape [${entry.shape.join(', ')}]`;
    throw new CorruptFile(path, `${found}, but [layers, rounds, D] is needed; ${advice}`);
  }
  if (!DTYPES.includes(entry.dtype))
    throw new CorruptFile(
      path,
      `tensor ${seat} holds ${entry.dtype}; ${DTYPES.join(', ')} can be read; ${advice}`,
    );
  return { layers, rounds, hiddenSize, entry };
}

/** What a file says of its layers where they are not all: their numbers, and how many the model has. */
const LAYERS = { A: ['layers_A', 'model_layers_A'], B: ['layers_B', 'model_layers_B'] } as const;

function layersMetadata(seat: Seat, { recorded }: AgentStates): Readonly<Record<string, string>> {
  if (recorded === undefined) return {};
  const [numbers, of] = LAYERS[seat];
  return { [numbers]: recorded.numbers.join(' '), [of]: String(recorded.of) };
}

/** @throws CorruptFile for layers that the model does not have, or that are not as many as the tensor's */
function recordedOf(
  path: string,
  seat: Seat,
  layers: number,
  metadata: Readonly<Record<string, string>>,
): RecordedLayers | undefined {
  const [numbersKey, ofKey] = LAYERS[seat];
  const text = metadata[numbersKey];
  if (text === undefined) return undefined;
  const numbers = text.split(' ').map(Number);
  const of = Number(metadata[ofKey]);
  const rising = numbers.every((layer, i) => Number.isInteger(layer) && layer > (numbers[i - 1] ?? -1));
  if (rising && numbers.length === layers && Number.isInteger(of) && (numbers.at(-1) ?? 0) < of)
    return { numbers, of };
  const said = `${numbersKey} is ${text}, of ${metadata[ofKey] ?? 'an unknown number of'} layers`;
  throw new CorruptFile(path, `${said}, but tensor ${seat} has ${layers} layers; ${ADVICE}`);
}

function checkStates(
  model: string,
  seat: Seat,
  { layers, recorded, rounds, hiddenSize, data }: AgentStates,
  most: number,
): void {
  if (data.length !== layers * rounds * hiddenSize) {
    const shape = `[${layers}, ${rounds}, ${hiddenSize}]`;
    throw new ModelMismatch(model, `${data.length} values do not fill states of ${shape} in seat ${seat}`);
  }
  const infinite = findNonFinite(data);
  const beyond = Number.isFinite(most) ? data.findIndex((value) => Math.abs(value) > most) : -1;
  const bad = infinite === -1 ? beyond : infinite;
  if (bad === -1) return;
  const layer = layerNumber(recorded, Math.floor(bad / (rounds * hiddenSize)));
  const round = (Math.floor(bad / hiddenSize) % rounds) + 1;
  const where = `seat ${seat}, layer ${layer}, round ${round}, dimension ${bad % hiddenSize}`;
  const advice =
    infinite === -1 ? `F16 holds ${most} at most; record values: F32` : 'the episode is not recorded';
  throw new ModelMismatch(model, `the state at ${where} is ${data[bad]}; ${advice}`);
}

/** Position of the first NaN or infinity, −1 if there is none. */
function findNonFinite(values: Float32Array): number {
  // x − x is 0 for what is finite and NaN for all else, so a good array is passed without a branch per value.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - values[i]!;
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}
