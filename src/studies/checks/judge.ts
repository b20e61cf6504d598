// Whether the judge can judge these scenarios, and whether its server answers as the study has it.

import { BadInput, InterbrainError } from '../../errors.ts';
import { askChat, type ChatServer, endpoint } from '../../http/chat-server.ts';
import { apiKeyOf } from '../judge.ts';
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
async function serves(server: ChatServer, model: string): Promise<void> {
  const response = await fetch(endpoint(server.url, 'models'), {
    redirect: 'manual',
    signal: AbortSignal.timeout(server.timeout * 1000),
    headers: server.apiKey ? { authorization: `Bearer ${server.apiKey}` } : {},
  }).catch(() => undefined);
  const listed = response?.ok ? await response.text().catch(() => '') : '';
  if (listed.includes(JSON.stringify(model))) return;
  const messages = [{ role: 'user', content: 'Hello' }];
  await askChat(server, { model, messages, max_tokens: 1 });
}

async function probe(
  judge: ApiJudgeKey,
  apiKey: string | undefined,
  correlates: boolean,
): Promise<Problem[]> {
  const { url, model } = judge;
  const server = { url, apiKey, timeout: Math.min(PATIENCE, judge.timeout), backoff: 1, retries: 0 };
  try {
    await serves(server, model);
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
      apiKey = apiKeyOf(judge, environment);
    } catch (cause) {
      if (!(cause instanceof BadInput)) throw cause;
      return [error(['judge', 'apiKeyEnv'], cause.message.slice(cause.where.length + 2), { cause })];
    }
    return probe(judge, apiKey, correlation !== false);
  },
};
