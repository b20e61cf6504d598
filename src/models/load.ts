// The one way from a study's entry for a model to the model.

import type { DownloadOptions } from './hub/snapshot.ts';
import type { LanguageModel } from './language-model.ts';
import { loadOnnxModel, type OnnxOptions } from './onnx/model.ts';

/** Where a model comes from, and how to run it. */
export type ModelSource = OnnxOptions &
  (
    | {
        /** A folder in Hugging Face layout. */
        readonly path: string;
      }
    | ({
        /** `org/name` or `org/name@revision` on the Hugging Face hub; downloaded if the cache does not hold it. */
        readonly hub: string;
      } & DownloadOptions)
  );

/**
 * Loads a model, in a thread of its own unless `worker` is false. Throws as `loadOnnxModel` does, and for a hub model
 * as `hubSnapshot` does.
 */
export async function loadModel(source: ModelSource): Promise<LanguageModel> {
  if ('path' in source) {
    const { path, ...options } = source;
    return loadOnnxModel(path, { worker: true, ...options });
  }
  const { hub, onDownload, signal, attempts, env, ...options } = source;
  const { hubSnapshot } = await import('./hub/snapshot.ts');
  const { folder, commit } = await hubSnapshot(hub, { onDownload, signal, attempts, env });
  return loadOnnxModel(folder, { id: hub, commit, worker: true, signal, ...options });
}
