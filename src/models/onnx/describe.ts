// What a checkpoint will be as a model, from everything but its weights: config.json, the header of its tensors and its
// chat template. `loadOnnxModel` says the same of the model that it has loaded.

import { basename, resolve } from 'node:path';
import { BadInput } from '../../errors.ts';
import { CAPABILITIES, type Capability } from '../capabilities.ts';
import { isBlockType } from '../gguf/types.ts';
import type { ModelInfo } from '../language-model.ts';
import { chatTemplateOf } from '../tokenizer-files.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint-type.ts';
import type { ModelDevice } from './device-names.ts';
import { deviceNotes } from './devices.ts';
import { checkGgufDtype, DTYPE_VERSIONS, type Dtype, dtypeNotes } from './dtype.ts';

/** What decides, beside the checkpoint, what a model is. */
export interface OnnxIdentity {
  /** The name shown to users; the folder's own name by default. */
  readonly id?: string | undefined;
  /** Commit of the repository that the folder is a snapshot of; only passed on to `ModelInfo`. */
  readonly commit?: string | undefined;
  /** Longest prompt plus reply, tokens; 4096 by default, and never more than the model was trained for. */
  readonly contextLength?: number | undefined;
  /** Type of the weights in memory; `fp32` by default. */
  readonly dtype?: Dtype | undefined;
  /** Where products with weights are computed; `cpu` by default. */
  readonly device?: ModelDevice | undefined;
}

const DEFAULT_CONTEXT = 4096;

/**
 * On other devices a row's last digits may depend on the rows beside it, and nobody has held their kernels' changes of states
 * against a reference.
 */
const ON_CPU: readonly Capability[] = ['repeatable', 'interventions'];

/**
 * Describes a checkpoint without loading it.
 *
 * @throws as `openCheckpoint`; ModelMismatch for a chat template that cannot be used
 */
export async function describeFolder(folder: string, identity: OnnxIdentity = {}): Promise<ModelInfo> {
  const checkpoint = await openCheckpoint(folder);
  if (checkpoint.gguf) checkGgufDtype(identity.id ?? folder, identity.dtype ?? 'fp32');
  return describeCheckpoint(checkpoint, chatTemplateOf(checkpoint).template.notes, identity);
}

/** @param templateNotes what is done to chats that the checkpoint's template does not take as they are */
export function describeCheckpoint(
  { config, parameters, revision, folder, gguf, weights }: Checkpoint,
  templateNotes: readonly string[],
  identity: OnnxIdentity,
): ModelInfo {
  const { id = basename(resolve(folder)), commit, contextLength = DEFAULT_CONTEXT } = identity;
  const { dtype = 'fp32', device = 'cpu' } = identity;
  const fileNotes = gguf ? [ggufNote(weights)] : [];
  const notes = [...templateNotes, ...fileNotes, ...dtypeNotes(dtype), ...deviceNotes(device)];
  return {
    id,
    revision,
    ...(commit !== undefined && { commit }),
    architecture: config.architecture,
    layers: config.layers,
    hiddenSize: config.hiddenSize,
    vocabSize: config.vocabSize,
    contextLength: Math.min(config.maxPositions, checkLimit(id, 'contextLength', contextLength)),
    parameters,
    dtype,
    ...(DTYPE_VERSIONS[dtype] !== undefined && { dtypeVersion: DTYPE_VERSIONS[dtype] }),
    ...(device !== 'cpu' && { device }),
    toy: config.toy,
    capabilities: CAPABILITIES.filter((capability) => device === 'cpu' || !ON_CPU.includes(capability)),
    ...(notes.length > 0 && { notes }),
  };
}

/** What others have done to the weights before we read them. */
function ggufNote(weights: Checkpoint['weights']): string {
  const types = new Set([...weights.values()].map(({ dtype }) => dtype).filter(isBlockType));
  if (types.size === 0) return 'the weights are those of a GGUF file';
  return `the weights are those of a GGUF file, which has rounded them (${[...types].sort().join(', ')})`;
}

/** Returns `value`. Throws BadInput unless it is a whole number above 0. */
export function checkLimit(model: string, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new BadInput(model, `${name} ${value} is not a whole number above 0`);
}
