// The models of a run: loaded when a stage asks for them, kept while the next one does too, and let go after.

import type { LanguageModel } from '../models/language-model.ts';
import type { StageContext } from './context.ts';
import { rememberServers } from './servers-file.ts';
import { type LoadStudyModelOptions, loadStudyModel } from './study-models.ts';

export class ModelShelf {
  readonly #context: StageContext;
  readonly #signal: AbortSignal;
  readonly #models = new Map<string, LanguageModel>();

  constructor(context: StageContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
  }

  /**
   * Has these models in memory and no others.
   *
   * @param names as the study calls them
   */
  async hold(names: ReadonlySet<string>): Promise<ReadonlyMap<string, LanguageModel>> {
    const { opened, resources, on } = this.#context;
    const superfluous = [...this.#models.keys()].filter((name) => !names.has(name));
    await this.#drop(superfluous);
    // Each has its share from the beginning, whichever of them are loaded now.
    const all = resources.kvMemory ?? process.availableMemory() / 4;
    const kvMemory = Math.max(1, Math.floor(all / opened.sources.size));
    const options = { kvMemory, threads: resources.threads, on, signal: this.#signal };
    for (const name of names)
      if (!this.#models.has(name) && !resources.models?.has(name))
        this.#models.set(name, await this.#load(name, options));
    return new Map([...this.#models, ...(resources.models ?? [])]);
  }

  async #load(name: string, options: LoadStudyModelOptions): Promise<LanguageModel> {
    const { opened, run } = this.#context;
    const model = await loadStudyModel(opened, name, options);
    await rememberServers(run, name, model);
    return model;
  }

  /** Lets all of them go. */
  clear(): Promise<void> {
    return this.#drop([...this.#models.keys()]);
  }

  async #drop(names: readonly string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const model = this.#models.get(name);
        if (!model) return;
        this.#models.delete(name);
        // What was found out of them on the way.
        await rememberServers(this.#context.run, name, model);
        await model.dispose();
      }),
    );
  }
}
