// The one way from a study's entry for a model to the model.

import type { LanguageModel } from './language-model.ts';
import { loadOnnxModel, type OnnxOptions } from './onnx/model.ts';

/** Where a model comes from: a folder in Hugging Face layout, and how to run it. */
export interface ModelSource extends OnnxOptions {
  readonly path: string;
}

/** Loads a model, in a thread of its own unless `worker` is false. Throws as `loadOnnxModel` does. */
export async function loadModel({ path, ...options }: ModelSource): Promise<LanguageModel> {
  return loadOnnxModel(path, { worker: true, ...options });
}
