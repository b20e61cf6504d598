// The other end of worker-client.ts: a thread in which one model computes.

import { parentPort, workerData } from 'node:worker_threads';
import { packError } from '../../files/packed-error.ts';
import type { Conversation, LanguageModel } from '../language-model.ts';
import { readEach } from '../read-each.ts';
import { createTokenizer } from '../tokenizer.ts';
import { startOnnxModel } from './model.ts';
import {
  type Answer,
  type ConversationCall,
  type Request,
  transferables,
  type WorkerStart,
} from './worker-messages.ts';

if (!parentPort) throw new Error('this file is the inside of a worker');
const port = parentPort;

function answer(message: Answer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function ask(conversation: Conversation, { method, args }: ConversationCall): Promise<unknown> {
  switch (method) {
    case 'read':
      return conversation.read(...args);
    case 'readEach':
      return readEach(conversation, ...args);
    case 'reply':
      return conversation.reply(...args);
  }
}

function serve(model: LanguageModel): void {
  const conversations = new Map<number, Conversation>();
  const conversation = (number: number): Conversation => {
    const known = conversations.get(number) ?? model.converse();
    conversations.set(number, known);
    return known;
  };
  const call = async (request: Extract<Request, { what: 'call' }>) => {
    const { id } = request;
    try {
      const value: unknown = await ask(conversation(request.conversation), request);
      answer({ what: 'result', id, value }, transferables(value));
    } catch (error) {
      answer({ what: 'error', id, error: packError(error) });
    }
  };
  port.on('message', async (request: Request) => {
    if (request.what === 'call') await call(request);
    else if (request.what === 'close') {
      conversations.get(request.conversation)?.close();
      conversations.delete(request.conversation);
    } else {
      await model.dispose();
      port.close();
    }
  });
}

const { checkpoint, setup }: WorkerStart = workerData;
try {
  const model = await startOnnxModel(checkpoint, setup, createTokenizer(checkpoint));
  serve(model);
  answer({ what: 'ready', concurrency: model.concurrency });
} catch (error) {
  answer({ what: 'failed', error: packError(error) });
}
