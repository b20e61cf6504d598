// A server with the OpenAI chat API, over real sockets: what it says is made of the last message.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A question as it came. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly [key: string]: unknown;
}

export interface ChatServer {
  readonly url: string;
  readonly asked: readonly ChatRequest[];
  stop(): Promise<void>;
}

/**
 * @param say the text of an answer; a number for a refusal with that status, which names the keys that are not taken
 */
export async function serveChat(
  say: (request: ChatRequest) => string | { readonly status: number; readonly message: string },
): Promise<ChatServer> {
  const asked: ChatRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/models') return void response.end('{"data":[{"id":"small-talk"}]}');
      const question = JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest;
      asked.push(question);
      const content = say(question);
      if (typeof content !== 'string')
        return void response
          .writeHead(content.status)
          .end(JSON.stringify({ error: { message: content.message } }));
      const usage = { prompt_tokens: 41, completion_tokens: 7 };
      const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }];
      response.end(JSON.stringify({ choices, usage }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
