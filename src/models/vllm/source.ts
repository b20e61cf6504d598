// Models that a vLLM server computes, with their hidden states.

import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { BadInput } from '../../errors.ts';

import { HUB_NAME, HUB_NAME_ADVICE } from '../hub/name.ts';
import type { DownloadOptions } from '../hub/snapshot.ts';
import { apiKeyEnv, serverKey, serverUrl } from '../server-settings.ts';
import type { LoadOptions, SourceKind, UsableSource } from '../source-kind.ts';
import type { ServedIdentity, ServedModel } from './describe.ts';
import { SERVED_DTYPES, type ServedDtype } from './dtypes.ts';
import type { StatesPlace } from './states.ts';

/** A model on vLLM servers. */
export interface VllmSource {
  /** Addresses of servers of this one model. */
  readonly vllm: readonly string[];
  /** Where the files are of which prompts are made. */
  readonly checkpoint: { readonly path: string } | { readonly hub: string };
  /** What the model is called on the server, if not as its checkpoint. */
  readonly served?: string | undefined;
  /** A folder that the servers write states into; undefined for states in their answers. */
  readonly states?: string | undefined;
  readonly dtype?: ServedDtype | undefined;
  readonly contextLength?: number | undefined;
  /** Requests at once. */
  readonly atOnce?: number | undefined;
  /** Seconds for one answer. */
  readonly timeout?: number | undefined;
  /** Seconds to wait for a server when none answers. */
  readonly patience?: number | undefined;
  readonly apiKeyEnv?: string | undefined;
  /** Seconds between two looks at a server that is away. */
  readonly look?: number | undefined;
}

const INLINE = 'inline';

const entry = z.strictObject({
  vllm: z
    .union(
      [serverUrl, z.array(serverUrl).min(1)],
      'should be the address of a vLLM server, or a list of such',
    )
    .describe('address of a vLLM server, which ends in /v1; or a list of servers of this one model'),
  model: z
    .string()
    .min(1)
    .describe(
      'its checkpoint: org/name or org/name@revision on the hub, of which config.json and the tokenizer alone are downloaded, or a folder that has these',
    ),
  served: z.string().min(1).optional().describe('what the server calls the model, if not as its checkpoint'),
  states: z
    .string()
    .min(1)
    .default(INLINE)
    .describe(
      'where the hidden states come from: inline, in the server’s answers; or the folder that it writes them into, as this machine calls it',
    ),
  dtype: z
    .enum(SERVED_DTYPES)
    .optional()
    .describe('what the server computes in, if not as vLLM does by itself: bf16 for such weights, else fp16'),
  contextLength: z
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe(
      'longest prompt plus reply, tokens; 4095 by default: the server’s --max-model-len must be larger',
    ),
  atOnce: z
    .number()
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe('conversations at once, over all servers; by default what their caches have room for'),
  timeout: z.number().gt(0).max(86_400).default(600).describe('seconds for one answer'),
  patience: z
    .number()
    .min(0)
    .max(86_400)
    .default(600)
    .describe('seconds to wait for a server to come back when none answers'),
  apiKeyEnv,
});

type VllmEntry = z.infer<typeof entry>;

export const VLLM_SOURCE: SourceKind<VllmEntry, VllmSource> = {
  name: 'vllm',
  entries: [entry],
  forms: ['{ vllm: URL, model: ORG/NAME }'],
  resolve({ model, states, vllm, ...rest }, { folder, where }) {
    const place = states === INLINE ? undefined : resolve(folder, states);
    return {
      ...rest,
      vllm: [vllm].flat(),
      checkpoint: checkpointOf(model, folder, where),
      ...(place !== undefined && { states: place }),
    };
  },
  owns: (source): source is VllmSource => 'vllm' in source,
  use: (source) => new VllmUse(source),
};

/** A path begins with `/`, `./` or `../`; all else is a name on the hub. */
function checkpointOf(model: string, folder: string, where: string): VllmSource['checkpoint'] {
  if (isAbsolute(model) || /^\.{1,2}([\\/]|$)/.test(model)) return { path: resolve(folder, model) };
  if (HUB_NAME.test(model)) return { hub: model };
  throw new BadInput(`${where}.model`, `"${model}" ${HUB_NAME_ADVICE}; a folder begins with ./ or /`);
}

class VllmUse implements UsableSource {
  readonly #source: VllmSource;
  readonly distortion = undefined;
  readonly prompts = undefined;
  readonly served = true;
  readonly warnings: readonly string[] = [];

  constructor(source: VllmSource) {
    this.#source = source;
  }

  get remote(): string | undefined {
    const { checkpoint } = this.#source;
    return 'hub' in checkpoint ? checkpoint.hub : undefined;
  }

  async describe(env: DownloadOptions['env']) {
    return (await this.#model(env))?.info;
  }

  /** Asks all servers everything, if the files of which prompts are made are here already. */
  async check(): Promise<void> {
    const model = await this.#model(undefined);
    if (model) await (await this.#connect(model)).dispose();
  }

  async download(options: DownloadOptions): Promise<void> {
    await this.#folder((name) => snapshot(name, options));
  }

  async load({ onDownload, signal, attempts, env }: LoadOptions) {
    const found = await this.#folder((name) => snapshot(name, { onDownload, signal, attempts, env }));
    if (!found) throw new Error(`${this.remote} has no folder`);
    const { describeServed } = await import('./describe.ts');
    return this.#connect(await describeServed(found.folder, found.identity), signal);
  }

  async #model(env: DownloadOptions['env']): Promise<ServedModel | undefined> {
    const found = await this.#folder(async (name) => {
      const { cachedSnapshot } = await import('../hub/snapshot.ts');
      return cachedSnapshot(name, env, undefined, 'tokenizer');
    });
    if (!found) return undefined;
    const { describeServed } = await import('./describe.ts');
    return describeServed(found.folder, found.identity);
  }

  async #connect(model: ServedModel, signal?: AbortSignal) {
    const { connectVllm } = await import('./model.ts');
    const { vllm, served, states, timeout = 600, patience = 600, atOnce, look } = this.#source;
    const apiKey = serverKey(this.#source.apiKeyEnv, process.env);
    const place: StatesPlace = states === undefined ? INLINE : { folder: states };
    return connectVllm(model, {
      servers: vllm.map((url) => ({ url, apiKey, timeout, states: place })),
      names: served === undefined ? this.#names : [served],
      exact: served !== undefined,
      ...{ atOnce, patience, signal },
      ...(look !== undefined && { look }),
    });
  }

  /** As vLLM calls a model by itself. */
  get #names(): string[] {
    const { checkpoint } = this.#source;
    return 'path' in checkpoint ? [checkpoint.path] : [checkpoint.hub, checkpoint.hub.replace(/@.*$/, '')];
  }

  /** @param find where a hub model is, or is not */
  async #folder(
    find: (name: string) => Promise<{ readonly folder: string; readonly commit: string } | undefined>,
  ): Promise<{ readonly folder: string; readonly identity: ServedIdentity } | undefined> {
    const { checkpoint, contextLength, dtype } = this.#source;
    if ('path' in checkpoint) return { folder: checkpoint.path, identity: { contextLength, dtype } };
    const found = await find(checkpoint.hub);
    if (!found) return undefined;
    const identity = { contextLength, dtype, id: checkpoint.hub, commit: found.commit };
    return { folder: found.folder, identity };
  }
}

async function snapshot(name: string, options: DownloadOptions) {
  const { hubSnapshot } = await import('../hub/snapshot.ts');
  return hubSnapshot(name, { ...options, parts: 'tokenizer' });
}
