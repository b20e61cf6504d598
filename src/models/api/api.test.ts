import { afterEach, expect, it } from 'vitest';
import { type ChatRequest, type ChatServer, serveChat } from '../../../test/chat-server.ts';
import { BadInput } from '../../errors.ts';
import type { LanguageModel, Sampling } from '../language-model.ts';
import { checkModel, describeModel, loadModel } from '../sources.ts';

let server: ChatServer | undefined;
let model: LanguageModel | undefined;
afterEach(async () => {
  await model?.dispose();
  await server?.stop();
});

const SAMPLING: Sampling = { temperature: 0.7, maxNewTokens: 20, seed: 's' };
const CHAT = [
  { role: 'system', content: 'You are Mara.' },
  { role: 'user', content: 'Tomas: How much?' },
] as const;

async function connect(say: Parameters<typeof serveChat>[0], name = 'small-talk') {
  server = await serveChat(say);
  model = await loadModel({ api: server.url, model: name, retries: 0 });
  const { tokenize } = model;
  const reply = (more: Partial<Sampling> = {}) =>
    (model as LanguageModel).converse().reply(tokenize(CHAT), { ...SAMPLING, ...more });
  return { model, server, reply };
}

it('is asked with the chat, and says one line of its answer', async () => {
  const { server, reply } = await connect(() => '\n  Forty. \nOr less.');
  expect(await reply({ topP: 0.9, stop: ['Tomas:'] })).toEqual({
    ...{ states: new Float32Array(), tokens: [], counted: { prompt: 41, generated: 7 } },
    ...{ text: 'Forty.', finish: 'line', reusedTokens: 0 },
  });
  expect(server.asked[0]).toMatchObject({
    ...{
      model: 'small-talk',
      messages: CHAT,
      temperature: 0.7,
      max_tokens: 20,
      top_p: 0.9,
      stop: ['Tomas:'],
    },
    seed: expect.any(Number),
  });
  expect((await reply({ lines: 'all' })).text).toBe('\n  Forty. \nOr less.');
  expect(await reply({ stop: ['ty'] })).toMatchObject({ text: 'For', finish: 'stop' });
});

it('says what it is without a server: no states, nothing that repeats', async () => {
  const { model } = await connect(() => 'Hm.');
  expect(await describeModel({ api: 'http://nowhere', model: 'small-talk' })).toEqual(model.info);
  expect(model.info).toMatchObject({
    layers: 0,
    hiddenSize: 0,
    capabilities: [],
    device: 'api',
    architecture: 'api',
  });
  expect((await model.converse().read(model.tokenize(CHAT))).states).toHaveLength(0);
});

it('asks in another form what a server does not take, and says so', async () => {
  const refuse = (request: ChatRequest) =>
    'top_k' in request ? { status: 400, message: 'Unrecognized request argument supplied: top_k' } : 'Forty.';
  const { model, server, reply } = await connect(refuse);
  expect((await reply({ topK: 5 })).text).toBe('Forty.');
  await reply({ topK: 5 });
  expect(server.asked.map((one) => 'top_k' in one)).toEqual([true, false, false]);
  expect(model.servers?.[0]?.notes).toEqual([
    'The server of small-talk takes no topK, so that its choice was wider.',
  ]);
});

it('explains a model that is not there', async () => {
  const { server } = await connect(() => ({ status: 404, message: 'no such model' }), 'other');
  const error = await checkModel({ api: server.url, model: 'other' }).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(BadInput);
  expect(String(error)).toContain('the server has no model "other"; models are small-talk');
});
