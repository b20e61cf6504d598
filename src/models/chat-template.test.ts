import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadInput, ModelMismatch } from '../errors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import { createChatTemplate } from './chat-template.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/chat');

interface Golden {
  readonly chats: Readonly<Record<string, readonly ChatMessage[]>>;
  readonly templates: Readonly<
    Record<
      string,
      {
        bos: string | null;
        eos: string;
        rendered: Readonly<Record<string, string | null>>;
        thinking: string | null;
      }
    >
  >;
}
const golden = JSON.parse(readFileSync(join(FIXTURES, 'templates.json'), 'utf8')) as Golden;

const templateOf = (name: string) => {
  const source = readFileSync(join(FIXTURES, 'templates', `${name}.jinja`), 'utf8');
  const { bos, eos } = golden.templates[name]!;
  return createChatTemplate(name, source, { bos_token: bos, eos_token: eos });
};
const user = (content: string): ChatMessage => ({ role: 'user', content });

describe.each(Object.keys(golden.templates))('%s', (name) => {
  const { rendered, thinking } = golden.templates[name]!;
  const template = templateOf(name);

  it('is rendered as transformers renders it', () => {
    const compared = Object.entries(rendered).filter(([, text]) => text !== null);
    expect(compared.length).toBeGreaterThanOrEqual(4);
    for (const [chat, text] of compared) {
      // Chats that the template takes, but shows only in part, are put right before.
      const toldOf = (note: string) => template.notes.some((one) => one.includes(note));
      if (chat === 'system' && toldOf('no system role')) continue;
      if (toldOf('moves the system message') && golden.chats[chat]!.length > 2) continue;
      expect(template.render(golden.chats[chat]!), chat).toBe(text);
    }
    expect(template.render(golden.chats['one']!, { thinking: true })).toBe(thinking);
  });

  it('takes a system message and neighbours of one role in any case', () => {
    const systemText = rendered['system'] ?? rendered['system folded'];
    expect(template.render(golden.chats['system']!)).toBe(systemText);
    expect(template.render(golden.chats['twice']!)).toBe(rendered['twice'] ?? rendered['twice joined']);
  });

  it('starts with the assistant, or says that it cannot', () => {
    const expected = rendered['assistant first'];
    const render = () => template.render(golden.chats['assistant first']!);
    if (expected === null) expect(render).toThrow(BadInput);
    else expect(render()).toBe(expected);
  });
});

it('gives the documented prompts', () => {
  const one = [user('Hi!')];
  expect(templateOf('mistral-v0.1').render(one)).toBe('<s>[INST] Hi! [/INST]');
  expect(templateOf('mistral-v0.3').render(one)).toBe('<s>[INST] Hi![/INST]');
  expect(templateOf('llama-2').render([{ role: 'system', content: 'Be kind.' }, ...one])).toBe(
    '<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi! [/INST]',
  );
  expect(templateOf('llama-3').render(one)).toBe(
    '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
  );
  expect(templateOf('llama-3.2').render(one)).toContain('Today Date: 26 Jul 2024\n\n<|eot_id|>');
  expect(templateOf('qwen3').render(one)).toBe(
    '<|im_start|>user\nHi!<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n',
  );
  expect(templateOf('gemma-3').render(one)).toBe(
    '<bos><start_of_turn>user\nHi!<end_of_turn>\n<start_of_turn>model\n',
  );
  expect(templateOf('phi-3').render(one)).toBe('<|user|>\nHi!<|end|>\n<|assistant|>\n');
});

it('says what it does to messages, and only where it does something', () => {
  const notes = (name: string) => templateOf(name).notes.map((note) => note.split(':')[0]);
  const noSystem = 'the chat template has no system role';
  const inTurn = 'the chat template wants roles in turn';
  expect(notes('mistral-v0.1')).toEqual([noSystem, inTurn]);
  expect(notes('gemma-2')).toEqual([noSystem, inTurn]);
  expect(notes('mistral-v0.3')).toContain('the chat template moves the system message behind what was said');
  expect(templateOf('mistral-v0.3').render(golden.chats['long']!)).toMatch(
    /^<s>\[INST\] Be brief\.\n\nA\[\/INST\]/,
  );
  expect(notes('gemma-3')).toEqual([inTurn]);
  expect(notes('llama-2')).toEqual([inTurn]);
  expect(notes('llama-3.2')).toEqual([]);
  expect(notes('qwen2.5')).toEqual([]);
});

it('folds several system messages, also one at the end, and those that a template would drop', () => {
  const silent = createChatTemplate(
    'M',
    "{% for m in messages %}{% if m.role != 'system' %}[{{ m.role }}:{{ m.content }}]{% endif %}{% endfor %}",
    {},
  );
  const system = (content: string): ChatMessage => ({ role: 'system', content });
  expect(silent.notes).toHaveLength(1);
  expect(silent.render([system('a'), system('b'), user('c')])).toBe('[user:a\n\nb\n\nc]');
  expect(silent.render([user('c'), { role: 'assistant', content: 'd' }, system('e')])).toBe(
    '[user:c][assistant:d][user:e]',
  );
  expect(silent.render([system('alone')])).toBe('[user:alone]');
});

it('knows the date of every prompt, tools that are none, and tokens that are not there', () => {
  const shows = '{% for m in messages %}{{ m.content }}{% endfor %}';
  const render = (source: string) =>
    createChatTemplate('M', source + shows, { bos_token: null }).render([user('')]);
  expect(render('{{ strftime_now("%Y-%m-%d %A %H:%M %% %Q") }}')).toBe('2024-07-26 Friday 00:00 % %Q');
  expect(render('\n  {%- if tools is none %}no{% endif %} {% if documents is none %}none{% endif %}')).toBe(
    'no none',
  );
  expect(render('\n{% if bos_token is defined %}bos{% endif %}.\n')).toBe('\n.\n');
});

it('says so when there is no template to be used', () => {
  const create = (source: Parameters<typeof createChatTemplate>[1]) => () =>
    createChatTemplate('M', source, {});
  expect(create(undefined)).toThrow(ModelMismatch);
  expect(create(null)).toThrow(/M: it has no chat template .*chat_template\.jinja/);
  expect(create([{ name: 'tool_use', template: '' }])).toThrow(
    /templates are tool_use; one called default is needed/,
  );
  expect(create([])).toThrow(/none at all/);
  expect(create('{% for %}')).toThrow(/cannot be parsed/);
  expect(create([{ name: 'default', template: '{{ messages }}' }])).not.toThrow();
  expect(create('hello')).toThrow(/leaves out system and user and assistant messages/);
  expect(create('{{ messages[0].content }}')).toThrow(/leaves out .*assistant/);
});
