// The models of a study: described, downloaded and loaded, with mistakes reported where the study names the model.

import { BadInput } from '../errors.ts';
import type { DownloadOptions } from '../models/hub/snapshot.ts';
import type { LanguageModel, ModelInfo } from '../models/language-model.ts';
import { describeModel, downloadModel, loadModel } from '../models/sources.ts';
import type { OnEvent } from './events.ts';
import type { OpenStudy } from './open.ts';
import { tellDownload, tellQuantizing } from './preparing.ts';

/** A folder that is missing is the study's mistake; say where the study names it. */
export async function atModel<T>({ place }: OpenStudy, name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof BadInput)
      throw new BadInput(`${place} models.${name}`, error.message, { cause: error });
    throw error;
  }
}

/** How a model's files are fetched, told as events. */
function downloading(on: OnEvent, signal: AbortSignal): DownloadOptions {
  return { signal, onDownload: tellDownload(on) };
}

export interface HaveModelsOptions {
  readonly on: OnEvent;
  readonly signal: AbortSignal;
  /** Models that are loaded already. */
  readonly models?: ReadonlyMap<string, LanguageModel> | undefined;
}

/**
 * The same study with what all of its models are: those that are not here are downloaded, and none is loaded.
 *
 * @throws BadInput, ModelMismatch, CorruptFile or RemoteFailure for a model that cannot be had
 */
export async function haveModels(
  opened: OpenStudy,
  { on, signal, models }: HaveModelsOptions,
): Promise<OpenStudy> {
  const infos = new Map<string, ModelInfo>();
  for (const [name, source] of opened.sources) {
    const known = models?.get(name)?.info ?? opened.infos.get(name);
    if (known === undefined)
      await atModel(opened, name, () => downloadModel(source, downloading(on, signal)));
    const info = known ?? (await atModel(opened, name, () => describeModel(source)));
    if (info) infos.set(name, info);
  }
  return opened.with({ infos });
}

export interface LoadStudyModelOptions {
  /** Bytes for its keys and values. */
  readonly kvMemory: number;
  readonly threads?: number | undefined;
  readonly on: OnEvent;
  readonly signal: AbortSignal;
}

/** Loads one of a study's models. The caller disposes of it. Throws as `loadModel` does. */
export function loadStudyModel(
  opened: OpenStudy,
  name: string,
  { kvMemory, threads, on, signal }: LoadStudyModelOptions,
): Promise<LanguageModel> {
  const source = opened.sources.get(name);
  if (source === undefined) throw new RangeError(`the study has no model ${name}`);
  return atModel(opened, name, () =>
    loadModel(source, {
      ...downloading(on, signal),
      threads,
      kvMemory,
      onQuantize: tellQuantizing(on, name),
    }),
  );
}
