// The table of sources of models: where a model can come from, in a study file or in a program. A new kind of source is a
// folder beside onnx/, a row of the table and a part of `ModelSource`; nothing outside models/ knows of it.

import { z } from 'zod';
import { BadInput } from '../errors.ts';
import type { Prompts } from '../prompts/prompts.ts';
import { API, type ApiSource } from './api/source.ts';
import type { DownloadOptions } from './hub/snapshot.ts';
import type { LanguageModel, ModelInfo } from './language-model.ts';
import { DISTORTING } from './onnx/dtype.ts';
import { ONNX, type OnnxSource } from './onnx/source.ts';
import { SCRIPTED, type ScriptedSource } from './scripted/source.ts';
import {
  type Distortion,
  type EntryPlace,
  type LoadOptions,
  type RenderChat,
  sourceRow,
  type UsableSource,
} from './source-kind.ts';
import { VLLM_SOURCE, type VllmSource } from './vllm/source.ts';

/** Where a model comes from, and all that decides what it says: plain data for every source that a study can name. */
export type ModelSource = OnnxSource | VllmSource | ApiSource | ScriptedSource;

const ROWS = [sourceRow(ONNX), sourceRow(VLLM_SOURCE), sourceRow(API), sourceRow(SCRIPTED)] as const;

const forms = ROWS.flatMap((row) => row.forms);

/** The forms of a study file's entry for a model, for messages. */
export const MODEL_FORMS = `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`;

/** What a study file may say of where a model comes from. */
export type ModelEntry = z.infer<(typeof ROWS)[number]['entries'][number]>;

/** A study file's entry for a model. */
export const modelEntry = z
  .union(ROWS.flatMap<z.ZodType<ModelEntry>>((row) => row.entries))
  .describe(`where a model comes from: ${MODEL_FORMS}`);

/** The source that a study file's entry names. Throws BadInput for an embedded model that there is not. */
export function resolveModel(entry: ModelEntry, at: EntryPlace): ModelSource {
  for (const row of ROWS) {
    const source = row.resolve(entry, at);
    if (source !== undefined) return source;
  }
  throw new BadInput(at.where, `should be ${MODEL_FORMS}`);
}

function use(source: ModelSource): UsableSource {
  for (const row of ROWS) {
    const usable = row.use(source);
    if (usable !== undefined) return usable;
  }
  throw new BadInput(
    'a model source',
    `${JSON.stringify(source)} is of no known kind; known are ${MODEL_FORMS}`,
  );
}

/**
 * What the `info` of the loaded model will be, found out without loading its weights.
 *
 * @returns undefined for a model that has to be downloaded first
 * @throws BadInput, ModelMismatch or CorruptFile if what is there is no model that can be run
 */
export function describeModel(
  source: ModelSource,
  { env }: Pick<DownloadOptions, 'env'> = {},
): Promise<ModelInfo | undefined> {
  return use(source).describe(env);
}

/**
 * Checks that this machine has what a source asks for: the device, and the type of weights on it.
 *
 * @throws BadInput for a type that cannot be had; MissingDependency for a device that is not there
 */
export function checkModel(source: ModelSource): Promise<void> {
  return use(source).check();
}

/** Downloads what is not here. Throws as `hubSnapshot` does. */
export function downloadModel(source: ModelSource, options: DownloadOptions = {}): Promise<void> {
  return use(source).download(options);
}

/**
 * Loads a model, in a thread of its own unless `worker` is false; downloads it first if need be.
 *
 * @throws as `loadOnnxModel` does, and for a hub model as `hubSnapshot` does
 */
export function loadModel(source: ModelSource, options: LoadOptions = {}): Promise<LanguageModel> {
  return use(source).load(options);
}

/**
 * What renders chats as a model reads them, found without its weights.
 *
 * @returns undefined for a model that is not here, or of a kind that renders only once it is loaded
 * @throws ModelMismatch if its template cannot be used
 */
export async function openTemplate(
  source: ModelSource,
  { env }: Pick<DownloadOptions, 'env'> = {},
): Promise<RenderChat | undefined> {
  return use(source).openTemplate?.(env);
}

/** What a user should know of results with such a model, for example because of its type of weights. */
export function modelWarnings(source: ModelSource): readonly string[] {
  return use(source).warnings;
}

/** Types of weights that are measured with only where a study names them once more. */
export const DISTORTING_TYPES = DISTORTING;

/** What makes hidden states of such a model unfit to be measured; undefined if nothing does. */
export function distortionOf(source: ModelSource): Distortion | undefined {
  return use(source).distortion;
}

/** The words that a model was trained on and keeps, whatever a study's are; undefined for one that takes any. */
export function modelPrompts(source: ModelSource): Prompts | undefined {
  return use(source).prompts;
}

/** What a model is called where it is downloaded from; undefined for one that never has to be. */
export function remoteName(source: ModelSource): string | undefined {
  return use(source).remote;
}

/** Whether a server computes a model, so that this machine needs nothing for it. */
export function isServed(source: ModelSource): boolean {
  return use(source).served;
}
