import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadInput, ModelMismatch } from '../errors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import { openCheckpoint } from './onnx/checkpoint.ts';
import { createTokenizer } from './tokenizer.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/models');

interface Golden {
  readonly chats: readonly { messages: ChatMessage[]; text: string; ids: number[] }[];
}

// llama has its template in tokenizer_config.json, mistral in chat_template.jinja.
describe.each(['llama', 'mistral'])('%s', (name) => {
  it('renders and tokenises chats as transformers does, and decodes what it has encoded', async () => {
    const folder = join(FIXTURES, name);
    const golden = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')) as Golden;
    const tokenizer = createTokenizer(await openCheckpoint(folder));
    expect(golden.chats.length).toBe(2);
    for (const { messages, text, ids } of golden.chats) {
      expect(tokenizer.render(messages)).toBe(text);
      expect(tokenizer.encode(text)).toEqual(ids);
      const { content } = messages.at(-1)!;
      expect(tokenizer.decode(tokenizer.encode(content))).toBe(content);
    }
  });
});

describe('a tokenizer', async () => {
  const checkpoint = await openCheckpoint(join(FIXTURES, 'llama'));
  const withTemplate = (template: string | undefined) =>
    createTokenizer({
      ...checkpoint,
      chatTemplate: template,
      tokenizerConfig: { ...checkpoint.tokenizerConfig, chat_template: undefined },
    });
  const messages: ChatMessage[] = [{ role: 'system', content: 'Be kind.' }];

  it('knows its end token and which tokens break a line', () => {
    const tokenizer = createTokenizer(checkpoint);
    expect(tokenizer.eosTokenId).toBe(1);
    const [lineBreak, letter] = [...tokenizer.encode('\n'), ...tokenizer.encode('a')];
    expect(tokenizer.breaksLine(lineBreak!)).toBe(true);
    expect(tokenizer.breaksLine(letter!)).toBe(false);
    expect(tokenizer.breaksLine(1)).toBe(false);
    expect(tokenizer.decode([])).toBe('');
  });

  it('takes the default one of several templates, and prefers a file of its own', () => {
    const several = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: '{{ bos_token }}default' },
    ];
    const tokenizerConfig = { ...checkpoint.tokenizerConfig, chat_template: several };
    expect(createTokenizer({ ...checkpoint, tokenizerConfig }).render([])).toBe('<s>default');
    expect(createTokenizer({ ...checkpoint, tokenizerConfig, chatTemplate: 'file' }).render([])).toBe('file');
  });

  it('takes special tokens that are objects', () => {
    const tokenizerConfig = { ...checkpoint.tokenizerConfig, eos_token: { content: '</s>', lstrip: false } };
    expect(createTokenizer({ ...checkpoint, tokenizerConfig }).eosTokenId).toBe(1);
  });

  it('renders the same prompt on every day', () => {
    const template =
      '{% if not date_string is defined %}{{ strftime_now("%d") }}{% endif %}{{ date_string }}';
    expect(withTemplate(template).render(messages)).toBe('26 Jul 2024');
  });

  it('says so when a template refuses the messages, cannot be parsed, or is not there', () => {
    const refusing = withTemplate('{{ raise_exception("Only user and assistant roles are supported!") }}');
    expect(() => refusing.render(messages)).toThrow(BadInput);
    expect(() => refusing.render(messages)).toThrow(
      /refuses messages of system: Only user and assistant roles/,
    );
    expect(() => withTemplate('{% if %}')).toThrow(/cannot be parsed/);
    expect(() => withTemplate(undefined)).toThrow(ModelMismatch);
    expect(() => withTemplate(undefined)).toThrow(/no chat template/);
  });

  it('says so when the tokenizer is of no known kind', () => {
    const tokenizer = { ...checkpoint.tokenizer, model: { type: 'Oracle' } };
    expect(() => createTokenizer({ ...checkpoint, tokenizer })).toThrow(ModelMismatch);
  });
});
