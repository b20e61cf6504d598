// Models that are computed here, from a checkpoint in Hugging Face layout, a folder or a repository on the hub, from a GGUF
// file, or from what comes with interbrain.

import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import type { ChatMessage } from '../../prompts/chat-message.ts';
import { embeddedModelFolder, embeddedPrompts, isEmbedded } from '../embedded.ts';
import { GGUF_FILE, GGUF_FILE_ADVICE, HUB_NAME, HUB_NAME_ADVICE } from '../hub/name.ts';
import type { DownloadOptions, SnapshotOptions } from '../hub/snapshot.ts';
import type { Distortion, LoadOptions, SourceKind, UsableSource } from '../source-kind.ts';
import { chatTemplateOf } from '../tokenizer-files.ts';
import type { OnnxIdentity } from './describe.ts';
import { MODEL_DEVICES } from './device-names.ts';
import { checkDevice, deviceNotes } from './devices.ts';
import { checkDtype, checkGgufDtype, DTYPES, distortionOf, dtypeNotes } from './dtype.ts';

/** A checkpoint, and how to run it. */
export type OnnxSource = Omit<OnnxIdentity, 'commit'> &
  (
    | {
        /** A folder in Hugging Face layout, or a GGUF file. */
        readonly path: string;
      }
    | {
        /** `org/name` or `org/name@revision` on the Hugging Face hub; downloaded if the cache does not hold it. */
        readonly hub: string;
        /** The GGUF file of the repository that is the model. */
        readonly file?: string | undefined;
      }
    | {
        /** The name of a model that comes with interbrain. */
        readonly embedded: string;
      }
  );

const how = {
  dtype: z
    .enum(DTYPES)
    .optional()
    .describe(
      'type of the weights in memory: fp32 by default; q8 takes 1.75 bytes per weight and keeps the states, and the blocks of a GGUF file as they are; w8a8 and q4 take less and distort the states: they are measured with only where simulation.distorted names them; fp16 is for devices other than the CPU, bf16 for cuda',
    ),
  device: z
    .enum(MODEL_DEVICES)
    .optional()
    .describe('where the model computes: cpu by default; interbrain doctor says what this machine has'),
};

const embedded = z.strictObject({
  embedded: z.string().min(1).describe('a model that comes with interbrain: a toy'),
  ...how,
});
const path = z.strictObject({
  path: z.string().min(1).describe('a folder in Hugging Face layout, or a GGUF file'),
  ...how,
});
const hub = z.strictObject({
  hub: z
    .string()
    .regex(HUB_NAME, HUB_NAME_ADVICE)
    .describe(
      'a model on the Hugging Face hub, org/name or org/name@revision; downloaded into the usual cache',
    ),
  file: z
    .string()
    .regex(GGUF_FILE, GGUF_FILE_ADVICE)
    .optional()
    .describe('the GGUF file of the repository that is the model; a checkpoint in safetensors by default'),
  ...how,
});

type OnnxEntry = z.infer<typeof embedded> | z.infer<typeof path> | z.infer<typeof hub>;

export const ONNX: SourceKind<OnnxEntry, OnnxSource> = {
  name: 'onnx',
  entries: [embedded, path, hub],
  forms: [
    '{ path: FOLDER }',
    '{ path: FILE.gguf }',
    '{ hub: ORG/NAME }',
    '{ hub: ORG/NAME, file: FILE.gguf }',
    '{ embedded: NAME }',
  ],
  resolve(entry, { folder, where }) {
    if ('embedded' in entry) embeddedModelFolder(entry.embedded, where);
    if (!('path' in entry) || isAbsolute(entry.path)) return entry;
    return { ...entry, path: resolve(folder, entry.path) };
  },
  owns: (source): source is OnnxSource => 'path' in source || 'hub' in source || 'embedded' in source,
  use: (source) => new OnnxUse(source),
};

/** A folder that is there, with what its place says of the model in it. */
interface Located {
  readonly folder: string;
  readonly identity: OnnxIdentity;
}

class OnnxUse implements UsableSource {
  readonly #source: OnnxSource;
  readonly served = false;

  constructor(source: OnnxSource) {
    this.#source = source;
  }

  get remote(): string | undefined {
    return 'hub' in this.#source ? this.#name : undefined;
  }

  get prompts() {
    const own = 'embedded' in this.#source || ('path' in this.#source && isEmbedded(this.#source.path));
    return own ? embeddedPrompts() : undefined;
  }

  get warnings(): readonly string[] {
    const { dtype = 'fp32', device = 'cpu' } = this.#source;
    // That a type keeps the states is said where the model is described.
    return [...(dtype === 'q8' ? [] : dtypeNotes(dtype)), ...deviceNotes(device)];
  }

  get distortion(): Distortion | undefined {
    const { dtype = 'fp32' } = this.#source;
    const what = distortionOf(dtype);
    return what === undefined ? undefined : { dtype, what };
  }

  async check(): Promise<void> {
    const { id = this.#name, dtype = 'fp32', device = 'cpu' } = this.#source;
    checkDtype(id, dtype, await checkDevice(id, device));
    if (this.#isGguf) checkGgufDtype(id, dtype);
  }

  async describe(env: DownloadOptions['env']) {
    const located = await this.#here(env);
    if (!located) return undefined;
    const { describeFolder } = await import('./describe.ts');
    return describeFolder(located.folder, located.identity);
  }

  async openTemplate(env: DownloadOptions['env']) {
    const located = await this.#here(env);
    if (!located) return undefined;
    const { openCheckpoint } = await import('./checkpoint.ts');
    const { template } = chatTemplateOf(await openCheckpoint(located.folder));
    return (messages: readonly ChatMessage[]) => template.render(messages);
  }

  async download(options: DownloadOptions): Promise<void> {
    await this.#locate((name) => snapshot(name, { ...options, file: this.#file }));
  }

  async load({ onDownload, signal, attempts, env, ...options }: LoadOptions) {
    const download = { onDownload, signal, attempts, env, file: this.#file };
    const located = await this.#locate((name) => snapshot(name, download));
    if (!located) throw new Error(`${this.#name} has no folder`);
    const { loadOnnxModel } = await import('./model.ts');
    return loadOnnxModel(located.folder, { worker: true, ...options, signal, ...located.identity });
  }

  get #file(): string | undefined {
    return 'hub' in this.#source ? this.#source.file : undefined;
  }

  /** By its name alone: what is in a file is seen when it is opened. */
  get #isGguf(): boolean {
    return this.#file !== undefined || ('path' in this.#source && this.#source.path.endsWith('.gguf'));
  }

  get #name(): string {
    if ('hub' in this.#source) return [this.#source.hub, ...(this.#file ? [this.#file] : [])].join('/');
    return 'path' in this.#source ? this.#source.path : this.#source.embedded;
  }

  /** Where it is without downloading anything. */
  #here(env: DownloadOptions['env']): Promise<Located | undefined> {
    return this.#locate(async (name) => {
      const { cachedSnapshot } = await import('../hub/snapshot.ts');
      return cachedSnapshot(name, env, this.#file);
    });
  }

  /** @param find where a hub model is, or is not */
  async #locate(
    find: (name: string) => Promise<{ readonly folder: string; readonly commit: string } | undefined>,
  ): Promise<Located | undefined> {
    const { id, contextLength, dtype, device } = this.#source;
    const identity = { id, contextLength, dtype, device };
    if ('path' in this.#source) return { folder: this.#source.path, identity };
    if ('embedded' in this.#source)
      return { folder: embeddedModelFolder(this.#source.embedded, this.#source.embedded), identity };
    const found = await find(this.#source.hub);
    if (!found) return undefined;
    return {
      folder: found.folder,
      identity: { ...identity, id: id ?? this.#name, commit: found.commit },
    };
  }
}

async function snapshot(name: string, options: SnapshotOptions) {
  const { hubSnapshot } = await import('../hub/snapshot.ts');
  return hubSnapshot(name, options);
}
