// Models behind any server with the OpenAI chat API, whose hidden states nobody sees: partners.

import { z } from 'zod';
import { apiKeyEnv, serverKey, serverUrl } from '../server-settings.ts';
import type { SourceKind, UsableSource } from '../source-kind.ts';
import { type ApiOptions, checkApi, createApiModel, describeApi } from './model.ts';

export interface ApiSource {
  /** Address of the API. */
  readonly api: string;
  /** The model's name there. */
  readonly model: string;
  readonly apiKeyEnv?: string | undefined;
  /** Conversations at once. */
  readonly atOnce?: number | undefined;
  /** Seconds for one answer. */
  readonly timeout?: number | undefined;
  /** Repetitions while the server fails. */
  readonly retries?: number | undefined;
}

const entry = z.strictObject({
  api: serverUrl.describe(
    'address of any server with the OpenAI chat API (llama.cpp, Ollama, SGLang, a hosted one): a partner whose hidden states nobody sees, so that nothing is measured that needs them',
  ),
  model: z.string().min(1).describe('name under which the server knows the model'),
  apiKeyEnv,
  atOnce: z.number().int().min(1).max(1024).default(8).describe('conversations at once'),
  timeout: z.number().gt(0).max(86_400).default(300).describe('seconds for one answer'),
  retries: z.number().int().min(0).max(20).default(5).describe('repetitions while the server fails'),
});

type ApiEntry = z.infer<typeof entry>;

export const API: SourceKind<ApiEntry, ApiSource> = {
  name: 'api',
  entries: [entry],
  forms: ['{ api: URL, model: NAME }'],
  resolve: (source) => source,
  owns: (source): source is ApiSource => 'api' in source,
  use: (source) => useApi(source),
};

function useApi(source: ApiSource): UsableSource {
  const options = (signal?: AbortSignal): ApiOptions => ({
    server: {
      url: source.api,
      apiKey: serverKey(source.apiKeyEnv, process.env),
      timeout: source.timeout ?? 300,
      retries: source.retries ?? 5,
      ...{ backoff: 1, signal },
    },
    model: source.model,
    atOnce: source.atOnce ?? 8,
  });
  return {
    describe: async () => describeApi(source.model),
    check: () => {
      const { server, ...rest } = options();
      return checkApi({ ...rest, server: { ...server, retries: 1 } });
    },
    download: async () => {},
    load: async ({ signal }) => createApiModel(options(signal)),
    prompts: undefined,
    warnings: [],
    ...{ distortion: undefined, remote: undefined },
    served: true,
  };
}
