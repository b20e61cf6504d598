// What a checkpoint is and what it needs, without loading its weights.

import { openCheckpoint } from '../models/onnx/checkpoint.ts';
import type { Checkpoint } from '../models/onnx/checkpoint-type.ts';
import type { ModelDevice } from '../models/onnx/device-names.ts';
import { DEVICE_FACTS, tryDevice } from '../models/onnx/devices.ts';
import { checkGgufDtype, type Dtype, dtypeNotes } from '../models/onnx/dtype.ts';
import { modelMemory } from '../models/onnx/memory.ts';
import { formatBytes } from './bytes.ts';
import type { ModelDocument } from './documents.ts';
import { binarySize } from './label-table.ts';

/** What is said without loading the model. */
export type ModelDescription = Omit<ModelDocument, 'loaded' | 'speed' | 'reply'>;

/** How a model shall be loaded. */
export interface Loading {
  readonly dtype: Dtype;
  readonly device: ModelDevice;
}

/** @throws as `openCheckpoint` */
export async function describeFolder(
  folder: string,
  loading: Loading,
  runs: ModelDescription['runs'],
): Promise<ModelDescription> {
  const checkpoint = await openCheckpoint(folder);
  if (checkpoint.gguf) checkGgufDtype('--dtype', loading.dtype);
  const { config, weights, parameters, revision } = checkpoint;
  const tensors = [...weights.values()];
  return {
    folder,
    architecture: config.architecture,
    layers: config.layers,
    hiddenSize: config.hiddenSize,
    heads: config.heads,
    kvHeads: config.kvHeads,
    vocabulary: config.vocabSize,
    context: config.maxPositions,
    windows: config.attention.map(({ window }) => window),
    parameters,
    disk: {
      bytes: tensors.reduce((sum, { begin, end }) => sum + end - begin, 0),
      dtypes: [...new Set(tensors.map(({ dtype }) => dtype))],
    },
    revision,
    ...loading,
    runs,
    memory: memoryOf(checkpoint, loading.dtype),
    notes: [...dtypeNotes(loading.dtype)],
  };
}

const DTYPES = ['fp32', 'q8', 'w8a8', 'q4'] as const;
/** Those of a GGUF file. */
const GGUF_DTYPES = ['fp32', 'q8'] as const;

/** What the model needs, and what there is. */
function memoryOf(checkpoint: Checkpoint, dtype: Dtype): ModelDescription['memory'] {
  const { weights, loading, token } = modelMemory(checkpoint, dtype);
  const others = (checkpoint.gguf ? GGUF_DTYPES : DTYPES).filter((other) => other !== dtype);
  return {
    weights,
    loading,
    otherDtypes: Object.fromEntries(others.map((other) => [other, modelMemory(checkpoint, other).weights])),
    cachePerToken: token,
    free: process.availableMemory(),
  };
}

/** Tries whether a model can run on a device here. */
export async function whereItRuns(device: ModelDevice): Promise<ModelDescription['runs']> {
  if (device === 'cpu') return { ok: true, found: 'yes, on the CPU' };
  try {
    await tryDevice(device);
    return { ok: true, found: `yes, on ${device}: ${DEVICE_FACTS[device].tested}` };
  } catch (error) {
    return { ok: false, found: `not here: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The description as rows for people. */
export function descriptionRows(description: ModelDescription): [string, string | number][] {
  const { parameters, disk } = description;
  const millions = (parameters / 1e6).toFixed(parameters < 1e7 ? 2 : 0);
  return [
    ['folder', description.folder],
    ['architecture', description.architecture],
    ['layers', description.layers],
    ['hidden size', description.hiddenSize],
    ['heads', `${description.heads} (${description.kvHeads} for keys and values)`],
    ['vocabulary', description.vocabulary],
    ['context', `${description.context} tokens${windowText(description.windows)}`],
    ['parameters', `${millions} M, ${disk.dtypes.join(', ')} on disk (${binarySize(disk.bytes)})`],
    ['revision', description.revision],
    ['runs', description.runs.found],
    ['dtype', description.dtype],
    ...memoryRows(description),
  ];
}

/** Longest prompt plus reply that memory is stated for: the default of a study, tokens. */
const CONTEXT = 4096;

function memoryRows({ memory, context, device }: ModelDescription): [string, string][] {
  const { weights, loading, otherDtypes, cachePerToken, free } = memory;
  const tokens = Math.min(CONTEXT, context);
  const others = Object.entries(otherDtypes).map(([dtype, bytes]) => `${dtype} ${binarySize(bytes)}`);
  const where = device === 'cpu' ? '' : ` on ${device}`;
  const cache = `${formatBytes(cachePerToken)} per token, ${binarySize(cachePerToken * tokens)} per conversation`;
  return [
    [
      'weights',
      `${binarySize(weights)}${where}, while loading ${binarySize(loading)} (${others.join(', ')})`,
    ],
    ['cache', `${cache} of ${tokens} tokens (an episode holds two, one of each model)`],
    ['free memory', binarySize(free)],
  ];
}

/** `, sliding window 4096`, or `... in 13 of 26 layers`. */
function windowText(windows: readonly (number | null)[]): string {
  const local = windows.filter((window) => window !== null);
  if (local.length === 0) return '';
  const where = local.length === windows.length ? '' : ` in ${local.length} of ${windows.length} layers`;
  return `, sliding window ${local[0]}${where}`;
}
