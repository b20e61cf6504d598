// Whether the judge can judge these scenarios, and whether its server answers as the study has it.

import { BadInput, InterbrainError } from '../../errors.ts';
import { askJudge } from '../../evaluation/judge-server.ts';
import { servedModels } from '../../http/chat-server.ts';
import type { HttpServer } from '../../http/exchange.ts';
import { judgeApiKey } from '../judge-api-key.ts';
import type { ApiJudgeKey } from '../schema.ts';
import { error, type Problem, warning } from '../study-file/problem.ts';
import type { OpenCheck } from './check.ts';

export const ruleJudge: OpenCheck = {
  name: 'scenarios for the judge by rule',
  looksAt: ['judge', 'scenarios'],
  find({ study, encounters }) {
    if (study.judge !== 'rule' || !encounters) return [];
    const scenarios = new Map(encounters.map(({ scenario }) => [scenario.id, scenario]));
    const without = [...scenarios.values()].filter(({ rules }) => rules === undefined);
    const [first] = without;
    if (!first) return [];
    const count = `${without.length} of ${scenarios.size} scenarios have no rules to check goals by (the first is ${first.codename})`;
    const advice =
      'only the embedded world has them: name a judge model with { url, model }, or judge: false';
    return [error(['judge'], `${count}; ${advice}`)];
  },
};

/** Seconds that a judge's server has for one small answer. */
const PATIENCE = 10;

/** The server's answer to a question is needed where it does not list the model: some serve one under any name. */
async function tryServer(server: HttpServer, model: string): Promise<void> {
  if ((await servedModels(server)).includes(model)) return;
  await askJudge(server, { model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 1 });
}

async function probe(
  judge: ApiJudgeKey,
  apiKey: string | undefined,
  correlates: boolean,
): Promise<Problem[]> {
  const { url, model } = judge;
  const server = { url, apiKey, timeout: Math.min(PATIENCE, judge.timeout), backoff: 1, retries: 0 };
  try {
    await tryServer(server, model);
    return [];
  } catch (cause) {
    if (!(cause instanceof InterbrainError)) throw cause;
    if (cause instanceof BadInput) {
      const at = /API key/.test(cause.message)
        ? 'apiKeyEnv'
        : cause.where.startsWith('judge.url')
          ? 'url'
          : 'model';
      return [error(['judge', at], cause.message.slice(cause.where.length + 2), { cause })];
    }
    const lacks = correlates
      ? 'episodes will not be judged and nothing can be correlated'
      : 'episodes will not be judged';
    const message = `${cause.message}; unless it answers by then, ${lacks}, and the rest of the study is run`;
    return [warning(['judge', 'url'], message)];
  }
}

export const judgeServer: OpenCheck = {
  name: 'the judge’s server',
  looksAt: ['judge'],
  purposes: ['run'],
  find({ study, environment }) {
    const { judge, correlation } = study;
    if (!judge || judge === 'rule') return [];
    let apiKey: string | undefined;
    try {
      apiKey = judgeApiKey(judge, environment);
    } catch (cause) {
      if (!(cause instanceof BadInput)) throw cause;
      return [error(['judge', 'apiKeyEnv'], cause.message.slice(cause.where.length + 2), { cause })];
    }
    return probe(judge, apiKey, correlation !== false);
  },
};
