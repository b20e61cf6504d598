// States on disk: one safetensors file per episode with the tensors `A` and `B`, each (layers, rounds, D) and
// layer-major, so that one layer of one episode is one contiguous read. Python's `safetensors` opens them as they are.

import type { AgentStates, Seat } from '../episodes/types.ts';
import { CorruptFile, ModelMismatch } from '../errors.ts';
import {
  encodeSafetensors,
  parseSafetensorsHeader,
  readFloats,
  type SafetensorsDtype,
  type TensorEntry,
} from '../numerics/safetensors.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { checkFormat } from './result-file.ts';

const STATES_FORMAT = 'interbrain-states-1';

const DTYPES: readonly SafetensorsDtype[] = ['F64', 'F32', 'F16', 'BF16'];

const ADVICE = 'delete the file and record the episode again';

/** What a states file says of itself besides its values. */
export interface StatesMetadata {
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
  readonly rounds: number;
  readonly hiddenSize: number;
  readonly entry: TensorEntry;
}

/** A states file of which only the header has been read. */
export interface OpenStates extends Readonly<Record<Seat, OpenTensor>> {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes the states of one episode, float32, whole or not at all. The same states give the same bytes.
 *
 * @throws ModelMismatch for a state that is NaN or infinite, or not as long as its shape says
 */
export async function writeStates(
  path: string,
  states: Readonly<Record<Seat, AgentStates>>,
  metadata: StatesMetadata,
): Promise<void> {
  const seats = ['A', 'B'] as const;
  checkStates(metadata.models[0], 'A', states.A);
  checkStates(metadata.models[1], 'B', states.B);
  const tensors = seats.map((seat) => {
    const { layers, rounds, hiddenSize, data } = states[seat];
    return { name: seat, dtype: 'F32' as const, shape: [layers, rounds, hiddenSize], data };
  });
  const bytes = encodeSafetensors(tensors, {
    format: STATES_FORMAT,
    condition: metadata.condition,
    model_A: metadata.models[0],
    model_B: metadata.models[1],
    revision_A: metadata.revisions[0],
    revision_B: metadata.revisions[1],
    prompts_sha256: metadata.promptsSha256,
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
  if (format?.startsWith('interbrain-')) checkFormat(path, format, STATES_FORMAT, ADVICE);
  const open = (seat: Seat) => openTensor(path, seat, tensors.get(seat));
  return { path, metadata, A: open('A'), B: open('B') };
}

/**
 * One layer of one agent, by a single read from the file.
 *
 * @param layer 0-based
 * @returns (rounds, D), float32
 * @throws CorruptFile naming file, seat, layer and round if a value is NaN or infinite, or the file was cut short
 */
export async function readLayer(states: OpenStates, seat: Seat, layer: number): Promise<Float32Array> {
  const { layers, rounds, hiddenSize, entry } = states[seat];
  if (!(Number.isInteger(layer) && layer >= 0 && layer < layers))
    throw new RangeError(`layer ${layer} of ${layers} in ${states.path}`);
  const size = rounds * hiddenSize;
  const values = await readFloats(states.path, entry, [layer * size, (layer + 1) * size]);
  const bad = findNonFinite(values);
  if (bad !== -1) {
    const where = `seat ${seat}, layer ${layer}, round ${Math.floor(bad / hiddenSize) + 1}`;
    throw new CorruptFile(
      states.path,
      `${where}: dimension ${bad % hiddenSize} is ${values[bad]}; ${ADVICE}`,
    );
  }
  return values;
}

function openTensor(path: string, seat: Seat, entry: TensorEntry | undefined): OpenTensor {
  if (!entry) throw new CorruptFile(path, `no tensor ${seat}; a states file holds A and B; ${ADVICE}`);
  const [layers, rounds, hiddenSize, ...rest] = entry.shape;
  if (layers === undefined || rounds === undefined || hiddenSize === undefined || rest.length > 0) {
    const found = `tensor ${seat} has shape [${entry.shape.join(', ')}]`;
    throw new CorruptFile(path, `${found}, but [layers, rounds, D] is needed; ${ADVICE}`);
  }
  if (!DTYPES.includes(entry.dtype))
    throw new CorruptFile(path, `tensor ${seat} holds ${entry.dtype}; ${DTYPES.join(', ')} can be read`);
  return { layers, rounds, hiddenSize, entry };
}

function checkStates(model: string, seat: Seat, { layers, rounds, hiddenSize, data }: AgentStates): void {
  if (data.length !== layers * rounds * hiddenSize) {
    const shape = `[${layers}, ${rounds}, ${hiddenSize}]`;
    throw new ModelMismatch(model, `${data.length} values do not fill states of ${shape} in seat ${seat}`);
  }
  const bad = findNonFinite(data);
  if (bad === -1) return;
  const layer = Math.floor(bad / (rounds * hiddenSize));
  const round = (Math.floor(bad / hiddenSize) % rounds) + 1;
  const where = `seat ${seat}, layer ${layer}, round ${round}, dimension ${bad % hiddenSize}`;
  throw new ModelMismatch(model, `the state at ${where} is ${data[bad]}; the episode is not recorded`);
}

/** Position of the first NaN or infinity, −1 if there is none. */
function findNonFinite(values: Float32Array): number {
  // x − x is 0 for what is finite and NaN for all else, so a good array is passed without a branch per value.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - values[i]!;
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}
