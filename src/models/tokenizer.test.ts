import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadInput, ModelMismatch } from '../errors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import { openCheckpoint } from './onnx/checkpoint.ts';
import { createTokenizer } from './tokenizer.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/models');
/** A template that hides its messages is refused. */
const SHOWS = '{% for m in messages %}{{ m.content }}{% endfor %}';

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
      { name: 'default', template: `{{ bos_token }}default${SHOWS}` },
    ];
    const tokenizerConfig = { ...checkpoint.tokenizerConfig, chat_template: several };
    expect(createTokenizer({ ...checkpoint, tokenizerConfig }).render([])).toBe('<s>default');
    const files = { ...checkpoint, tokenizerConfig, chatTemplate: `file${SHOWS}` };
    expect(createTokenizer(files).render([])).toBe('file');
    const named = { default: `one${SHOWS}`, rag: 'documents' };
    const asObject = { ...tokenizerConfig, chat_template: named };
    expect(createTokenizer({ ...checkpoint, tokenizerConfig: asObject }).render([])).toBe('one');
  });

  it('takes special tokens that are objects', () => {
    const tokenizerConfig = { ...checkpoint.tokenizerConfig, eos_token: { content: '</s>', lstrip: false } };
    expect(createTokenizer({ ...checkpoint, tokenizerConfig }).eosTokenId).toBe(1);
  });

  it('renders the same prompt on every day', () => {
    const template =
      '{% if not date_string is defined %}{{ strftime_now("%d") }}{% endif %}{{ date_string }} ';
    expect(withTemplate(template + SHOWS).render(messages)).toBe('26 Jul 2024 Be kind.');
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

  it.each([
    [{ type: 'Oracle' }, /model type Oracle/],
    [{ type: 'BPE', vocab: {}, merges: [] }, /vocab: is empty/],
    [{ type: 'BPE', vocab: { a: 0 }, merges: ['x'] }, /merges: "x" does not join two tokens/],
    [{ type: 'BPE', vocab: { a: 0, b: 1 }, merges: ['a b'] }, /"a b" does not join two tokens of the vocab/],
    [{ type: 'BPE', vocab: { q: 0 }, merges: [] }, /makes no tokens of "a", so that prompts would be lost/],
    [{ type: 'BPE', vocab: { a: 0 }, merges: [], dropout: 0.1 }, /leaves out merges at random/],
    [{ type: 'Unigram', vocab: [] }, /vocab: is empty/],
  ])('refuses a tokenizer that would lose text: %j', (model, message) => {
    const tokenizer = { ...checkpoint.tokenizer, model };
    expect(() => createTokenizer({ ...checkpoint, tokenizer })).toThrow(ModelMismatch);
    expect(() => createTokenizer({ ...checkpoint, tokenizer })).toThrow(message);
  });
});
