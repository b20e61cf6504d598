// What a kind of source of models must be able to do. Each has a folder with a source.ts; sources.ts has the table.

import type { z } from 'zod';
import type { ChatMessage } from '../prompts/chat-message.ts';
import type { Prompts } from '../prompts/prompts.ts';
import type { DownloadOptions } from './hub/snapshot.ts';
import type { LanguageModel, ModelInfo } from './language-model.ts';

/** How far the weights of a model are made ready. Bytes of its checkpoint. */
export interface QuantizeProgress {
  /** What is done to them: they are quantised, or those of a GGUF file are unpacked. */
  readonly what: 'quantise' | 'unpack';
  readonly done: number;
  readonly total: number;
}

/** How a model is loaded: what changes nothing of what it says. A source that has no use for one of these leaves it. */
export interface LoadOptions extends DownloadOptions {
  /** Threads inside one operator. By default 1 for models below 30 M parameters, otherwise one per core. */
  readonly threads?: number | undefined;
  /** Bytes for the keys and values of conversations; a quarter of the memory that is free by default. */
  readonly kvMemory?: number | undefined;
  /** Whether the model computes in a thread of its own, so that this one stays free; true by default. */
  readonly worker?: boolean | undefined;
  /** Called while a checkpoint is quantised or unpacked, and not when the cache holds it already. */
  readonly onQuantize?: ((progress: QuantizeProgress) => void) | undefined;
}

/** A type of weights that changes hidden states by more than bf16 does. */
export interface Distortion {
  readonly dtype: string;
  /** What it does to them, in words. */
  readonly what: string;
}

/** Where an entry of a study file stands. */
export interface EntryPlace {
  /** The study file's folder, from which relative paths are taken. */
  readonly folder: string;
  /** What an error names: `models.llama`. */
  readonly where: string;
}

/** What can be done with a source, whatever its kind. */
export interface UsableSource {
  /** What the model's `info` will be, without its weights; undefined if what says so has not been downloaded. */
  readonly describe: (env: DownloadOptions['env']) => Promise<ModelInfo | undefined>;
  /** Checks that this machine can run it as asked. Throws BadInput or MissingDependency. */
  readonly check: () => Promise<void>;
  /** Sees to it that nothing has to be downloaded any more. */
  readonly download: (options: DownloadOptions) => Promise<void>;
  readonly load: (options: LoadOptions) => Promise<LanguageModel>;
  /**
   * What renders chats as the model reads them, without its weights; undefined for a model that has to be downloaded first.
   * Absent where that takes the model itself.
   */
  readonly openTemplate?: (env: DownloadOptions['env']) => Promise<RenderChat | undefined>;
  /** What the user should know of results with such a model. */
  readonly warnings: readonly string[];
  /** What makes hidden states of such a model unfit to be measured; undefined if nothing does. */
  readonly distortion: Distortion | undefined;
  /** The words that the model was trained on, if it was trained on words of interbrain's. */
  readonly prompts: Prompts | undefined;
  /** What is missing on this machine until it is downloaded: the hub's `org/name`; undefined for all others. */
  readonly remote: string | undefined;
  /** Whether a server computes it, so that this machine needs nothing for it. */
  readonly served: boolean;
}

/** A chat as the text that a model reads, the generation prompt included. */
export type RenderChat = (messages: readonly ChatMessage[]) => string;

/** A row of the table: what a source of this kind looks like, in a study file and in a program, and what to do with it. */
export interface SourceKind<Entry, Source extends object> {
  /** The folder's name. */
  readonly name: string;
  /** The forms of a study file's entry; none for a source that only programs name. */
  readonly entries: readonly z.ZodType<Entry>[];
  /** The same for messages: `{ path: FOLDER }`. */
  readonly forms: readonly string[];
  /** The source that an entry names. Throws BadInput, naming `at.where`, for one that cannot be. */
  readonly resolve: (entry: Entry, at: EntryPlace) => Source;
  readonly owns: (source: object) => source is Source;
  readonly use: (source: Source) => UsableSource;
}

/** A row whose types nobody else has to know. */
export interface SourceRow<Entry, Source extends object> {
  readonly name: string;
  readonly entries: readonly z.ZodType<Entry>[];
  readonly forms: readonly string[];
  /** The source that an entry names; undefined for an entry of another kind. */
  readonly resolve: (entry: object, at: EntryPlace) => Source | undefined;
  /** What can be done with a source; undefined for one of another kind. */
  readonly use: (source: object) => UsableSource | undefined;
}

export function sourceRow<Entry, Source extends object>(
  kind: SourceKind<Entry, Source>,
): SourceRow<Entry, Source> {
  const { name, entries, forms } = kind;
  return {
    name,
    entries,
    forms,
    resolve(entry, at) {
      for (const schema of entries) {
        const parsed = schema.safeParse(entry);
        if (parsed.success) return kind.resolve(parsed.data, at);
      }
      return undefined;
    },
    use: (source) => (kind.owns(source) ? kind.use(source) : undefined),
  };
}
