// What a checkpoint is, without loading it.

import { cachedSnapshot } from '../../models/hub/snapshot.ts';
import { openCheckpoint } from '../../models/onnx/checkpoint.ts';
import { modelMemory } from '../../models/onnx/memory.ts';
import type { CheckpointPlace } from '../plan.ts';
import type { ModelDescription } from './check.ts';

/**
 * Reads a checkpoint's configuration and the headers of its weights. Undefined for a hub model that is not downloaded.
 *
 * @throws BadInput, ModelMismatch or CorruptFile as `openCheckpoint`
 */
export async function describeCheckpoint(place: CheckpointPlace): Promise<ModelDescription | undefined> {
  const folder = 'hub' in place ? (await cachedSnapshot(place.hub))?.folder : place.path;
  if (folder === undefined) return undefined;
  const checkpoint = await openCheckpoint(folder);
  const { layers, maxPositions } = checkpoint.config;
  return { layers, contextLength: maxPositions, memory: modelMemory(checkpoint, place.dtype) };
}
