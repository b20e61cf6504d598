import { BadInput } from '../errors.ts';
import type { ApiJudgeKey } from './schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The key of a judge's server.
 *
 * @throws BadInput if it is not where the study says
 */
export function judgeApiKey({ apiKeyEnv }: ApiJudgeKey, environment: Environment): string | undefined {
  if (apiKeyEnv === undefined) return undefined;
  const key = environment[apiKeyEnv]?.trim();
  if (!key)
    throw new BadInput(
      'judge.apiKeyEnv',
      `the environment variable ${apiKeyEnv} is ${key === undefined ? 'not set' : 'empty'}; put the API key into it`,
    );
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new BadInput(
      'judge.apiKeyEnv',
      `what ${apiKeyEnv} holds is no API key: it has spaces or odd characters`,
    );
  return key;
}
