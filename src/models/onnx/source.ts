// Models that are computed here, from a checkpoint in Hugging Face layout: a folder, a repository on the hub, or one that
// comes with interbrain.

import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { embeddedModelFolder, embeddedPrompts, isEmbedded } from '../embedded.ts';
import { HUB_NAME, HUB_NAME_ADVICE } from '../hub/name.ts';
import type { DownloadOptions } from '../hub/snapshot.ts';
import type { LoadOptions, SourceKind, UsableSource } from '../source-kind.ts';
import type { OnnxIdentity } from './describe.ts';
import { MODEL_DEVICES } from './device-names.ts';
import { checkDevice, deviceNotes } from './devices.ts';
import { checkDtype, DTYPES, dtypeNotes } from './dtype.ts';

/** A checkpoint, and how to run it. */
export type OnnxSource = Omit<OnnxIdentity, 'commit'> &
  (
    | {
        /** A folder in Hugging Face layout. */
        readonly path: string;
      }
    | {
        /** `org/name` or `org/name@revision` on the Hugging Face hub; downloaded if the cache does not hold it. */
        readonly hub: string;
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
      'type of the weights in memory: fp32 by default; q8 takes 1.1 bytes per weight and keeps the states; q4 distorts them; fp16 is for devices other than the CPU, bf16 for cuda',
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
const path = z.strictObject({ path: z.string().min(1).describe('a folder in Hugging Face layout'), ...how });
const hub = z.strictObject({
  hub: z
    .string()
    .regex(HUB_NAME, HUB_NAME_ADVICE)
    .describe(
      'a model on the Hugging Face hub, org/name or org/name@revision; downloaded into the usual cache',
    ),
  ...how,
});

type OnnxEntry = z.infer<typeof embedded> | z.infer<typeof path> | z.infer<typeof hub>;

export const ONNX: SourceKind<OnnxEntry, OnnxSource> = {
  name: 'onnx',
  entries: [embedded, path, hub],
  forms: ['{ path: FOLDER }', '{ hub: ORG/NAME }', '{ embedded: NAME }'],
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

  constructor(source: OnnxSource) {
    this.#source = source;
  }

  get remote(): string | undefined {
    return 'hub' in this.#source ? this.#source.hub : undefined;
  }

  get prompts() {
    const own = 'embedded' in this.#source || ('path' in this.#source && isEmbedded(this.#source.path));
    return own ? embeddedPrompts() : undefined;
  }

  get warnings(): readonly string[] {
    const { dtype = 'fp32', device = 'cpu' } = this.#source;
    return [...dtypeNotes(dtype), ...deviceNotes(device)];
  }

  async check(): Promise<void> {
    const { id = this.#name, dtype = 'fp32', device = 'cpu' } = this.#source;
    checkDtype(id, dtype, await checkDevice(id, device));
  }

  async describe(env: DownloadOptions['env']) {
    const located = await this.#locate(async (name) => {
      const { cachedSnapshot } = await import('../hub/snapshot.ts');
      return cachedSnapshot(name, env);
    });
    if (!located) return undefined;
    const { describeFolder } = await import('./describe.ts');
    return describeFolder(located.folder, located.identity);
  }

  async download(options: DownloadOptions): Promise<void> {
    await this.#locate((name) => snapshot(name, options));
  }

  async load({ onDownload, signal, attempts, env, ...options }: LoadOptions) {
    const located = await this.#locate((name) => snapshot(name, { onDownload, signal, attempts, env }));
    if (!located) throw new Error(`${this.#name} has no folder`);
    const { loadOnnxModel } = await import('./model.ts');
    return loadOnnxModel(located.folder, { worker: true, ...options, signal, ...located.identity });
  }

  get #name(): string {
    if ('hub' in this.#source) return this.#source.hub;
    return 'path' in this.#source ? this.#source.path : this.#source.embedded;
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
      identity: { ...identity, id: id ?? this.#source.hub, commit: found.commit },
    };
  }
}

async function snapshot(name: string, options: DownloadOptions) {
  const { hubSnapshot } = await import('../hub/snapshot.ts');
  return hubSnapshot(name, options);
}
