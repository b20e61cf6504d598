// The hidden states in a server's answer: in it, as base64, or in a file of a folder that both have. Nothing is taken that
// is not for certain the last prompt token of this very prompt.

import { readdir, readFile, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BadInput, CorruptFile, codeOf, ModelMismatch, messageOf, RemoteFailure } from '../../errors.ts';
import { Interruption } from '../../http/failures.ts';
import { parseSafetensorsBytes, toFloats } from '../../numerics/safetensors.ts';
import type { ModelInfo } from '../language-model.ts';
import type { ServedDtype } from './dtypes.ts';
import type { Completion } from './protocol.ts';

/** `kv_transfer_params` of an answer. */
type Transfer = NonNullable<Completion['kv_transfer_params']>;

/** Where a server's states come from: its answers, or a folder, as it is called here. */
export type StatesPlace =
  | 'inline'
  | {
      readonly folder: string;
      /** Milliseconds for which a file may be late; a minute by default. */
      readonly late?: number | undefined;
    };

/** Milliseconds for which a file may be late: vLLM's own connector writes it after the answer. */
const LATE = 60_000;
const LOOK = 20;

const TYPES: Readonly<Record<string, ServedDtype>> = { F32: 'fp32', F16: 'fp16', BF16: 'bf16' };

/** What a server has to give. */
type Expected = Pick<ModelInfo, 'id' | 'layers' | 'hiddenSize' | 'dtype'>;

/**
 * The states that come with an answer.
 *
 * @returns (layers, hiddenSize), float32
 * @throws ModelMismatch for a server that was not started for them, or gives those of another model; BadInput for a folder
 *   that cannot be read; Interruption for states that are damaged or those of another prompt
 */
export async function takeStates(
  transfer: Transfer | null | undefined,
  prompt: readonly number[],
  {
    url,
    place,
    expected,
    signal,
  }: {
    readonly url: string;
    readonly place: StatesPlace;
    readonly expected: Expected;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Float32Array> {
  if (!transfer) throw withoutStates(expected.id, url);
  if (transfer.error !== undefined)
    throw new RemoteFailure(
      url,
      `the server could not write the states: ${transfer.error}; see to the folder that it was started with, or take states: inline`,
    );
  const bytes = await bytesOf(transfer, url, place, signal);
  try {
    return decode(bytes, transfer, prompt, url, expected);
  } catch (error) {
    if (error instanceof CorruptFile) throw new Interruption(url, error.message, { cause: error });
    throw error;
  }
}

function withoutStates(id: string, url: string): ModelMismatch {
  return new ModelMismatch(
    id,
    `the server at ${url} gives no hidden states: start it as \`interbrain serve-model --print\` says`,
  );
}

async function bytesOf(
  { hidden_states_safetensors: inline, hidden_states_path: path }: Transfer,
  url: string,
  place: StatesPlace,
  signal?: AbortSignal,
): Promise<Buffer> {
  if (inline !== undefined) return Buffer.from(inline, 'base64');
  if (path === undefined) throw new Interruption(url, 'the answer has neither states nor the path of a file');
  if (place === 'inline')
    throw new BadInput(
      url,
      `the server writes states into a file (${path}) and none into its answers; name the folder with states:, or start it as \`interbrain serve-model --print\` says`,
    );
  // Whatever the server says, nothing outside the folder is read or deleted.
  const file = join(place.folder, basename(path));
  try {
    return await readWhole(file, place, url, signal);
  } finally {
    await remove(file);
  }
}

/** Reads a file that may not be there yet, or not whole. */
async function readWhole(
  file: string,
  { late = LATE }: { readonly late?: number | undefined },
  url: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  const end = performance.now() + late;
  for (;;) {
    const bytes = await readFile(file).catch((cause: unknown) => {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw unreadable(file, cause);
    });
    const missing = bytes === undefined ? 'it is not there' : damageOf(file, bytes);
    if (bytes !== undefined && missing === undefined) return bytes;
    if (performance.now() > end)
      throw new Interruption(
        url,
        `${file}, ${late / 1000} s after the answer: ${missing}; is this the folder that the server writes into?`,
      );
    await sleep(LOOK, undefined, signal && { signal });
  }
}

/** What is wrong with a file, if anything: safetensors of old writes one in place. */
function damageOf(file: string, bytes: Buffer): string | undefined {
  try {
    parseSafetensorsBytes(file, bytes);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function unreadable(file: string, cause: unknown): BadInput {
  const rights = codeOf(cause) === 'EACCES' || codeOf(cause) === 'EPERM';
  const advice = rights
    ? 'the server writes files that only its own user can read: run both as one user, or take states: inline'
    : 'name the folder that the server writes into as this machine calls it';
  return new BadInput(file, `cannot be read (${codeOf(cause)}); ${advice}`, { cause });
}

async function remove(file: string): Promise<void> {
  for (const path of [file, `${file}.lock`]) await unlink(path).catch(() => {});
}

/** Deletes what a request has left whose answer never came. */
export async function removeOrphans(place: StatesPlace, requestId: string): Promise<void> {
  if (place === 'inline') return;
  const names = await readdir(place.folder).catch(() => []);
  for (const name of names)
    if (name.includes(requestId)) await unlink(join(place.folder, name)).catch(() => {});
}

function decode(
  bytes: Buffer,
  { layer_ids: layerIds }: Transfer,
  prompt: readonly number[],
  url: string,
  expected: Expected,
): Float32Array {
  const name = `the states from ${url}`;
  const { tensors } = parseSafetensorsBytes(name, bytes);
  const ids = tensors.get('token_ids');
  const found = tensors.get('hidden_states');
  if (ids?.dtype !== 'I64' || !found)
    throw new CorruptFile(name, 'hidden_states and token_ids (I64) are expected');
  const tokens = Array.from({ length: (ids.end - ids.begin) / 8 }, (_, i) =>
    Number(bytes.readBigInt64LE(ids.begin + 8 * i)),
  );
  if (tokens.length !== prompt.length || tokens.some((token, i) => token !== prompt[i]))
    throw new Interruption(url, 'the states are those of another prompt');
  checkShape(found.shape, found.dtype, prompt.length, layerIds, url, expected);
  // Memory of its own, and so aligned.
  const values = toFloats(name, found, Uint8Array.from(bytes.subarray(found.begin, found.end)));
  const last = values.slice(-expected.layers * expected.hiddenSize);
  checkValues(last, url, expected);
  return last;
}

/** [layers, hidden] of our connector, or [tokens, layers, hidden] of vLLM's own. */
function checkShape(
  shape: readonly number[],
  type: string,
  tokens: number,
  layerIds: readonly number[] | undefined,
  url: string,
  { id, layers, hiddenSize, dtype }: Expected,
): void {
  const [depth, width] = shape.slice(-2);
  const rows = shape.length === 3 ? shape[0] : tokens;
  if (depth !== layers || width !== hiddenSize || shape.length > 3 || rows !== tokens)
    throw new ModelMismatch(
      id,
      `the server at ${url} gives states of shape [${shape.join(', ')}], but the checkpoint has ${layers} layers of ${hiddenSize} (and the prompt ${tokens} tokens); start it for all layers, 1 to ${layers}, of this checkpoint`,
    );
  if (layerIds?.some((layer, i) => layer !== i + 1))
    throw new ModelMismatch(
      id,
      `the server at ${url} gives layers ${layerIds.join(', ')}; start it for 1 to ${layers}`,
    );
  if (TYPES[type] !== dtype)
    throw new ModelMismatch(
      id,
      `the server at ${url} computes in ${TYPES[type] ?? type}; the study says, or the checkpoint means, ${dtype}: put dtype: ${TYPES[type] ?? 'fp32'} into the model's entry, or start the server with another --dtype`,
    );
}

function checkValues(values: Float32Array, url: string, { id, layers, hiddenSize }: Expected): void {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new ModelMismatch(
      id,
      `a hidden state from ${url} is ${values[wrong]}, in layer ${Math.floor(wrong / hiddenSize) + 1}; start the server with --dtype bfloat16 or float32`,
    );
  for (let layer = 0; layer < layers; layer++)
    if (values.subarray(layer * hiddenSize, (layer + 1) * hiddenSize).every((value) => value === 0))
      throw new Interruption(url, `all states of layer ${layer + 1} are 0`);
}
