import { serverKey } from '../models/server-settings.ts';
import type { ApiJudgeKey } from './schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The key of a judge's server.
 *
 * @throws BadInput if it is not where the study says
 */
export function judgeApiKey({ apiKeyEnv }: ApiJudgeKey, environment: Environment): string | undefined {
  return serverKey(apiKeyEnv, environment, 'judge.apiKeyEnv');
}
