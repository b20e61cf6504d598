// A chat as the text that a model was trained on, by its own template, as transformers renders it.
//
// What a template cannot take is found out once, by trying it, and put right before every rendering: a model without
// a system role gets that text at the beginning of the first user turn, and neighbours of one role become one
// message where roles have to alternate. `notes` says so.

import { BadInput, ModelMismatch, messageOf } from '../errors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import { strftime } from './jinja/strftime.ts';
import { Template } from './jinja/template.ts';
import { UNSUPPORTED } from './jinja/template-error.ts';

/** `chat_template` of tokenizer_config.json: a template, or several with names. */
export type TemplateSource = string | readonly { readonly name: string; readonly template: string }[];

export interface ChatTemplate {
  /**
   * The chat as text, the generation prompt included. `thinking` is for models that can reason before they answer,
   * and is off: a reply is one line.
   *
   * @throws BadInput if the template refuses the messages
   */
  render(messages: readonly ChatMessage[], options?: { readonly thinking?: boolean }): string;
  /** What is done to messages that the template does not take as they are. */
  readonly notes: readonly string[];
}

/**
 * Some templates write today's date into every prompt. A study's prompts must be the same on every day, so the date
 * is the one that Llama 3's template falls back on.
 */
const TODAY = { year: 2024, month: 7, day: 26 };

/**
 * @param model named in errors
 * @throws ModelMismatch if there is no template, none called `default` among several, or it cannot be parsed
 */
export function createChatTemplate(
  model: string,
  source: TemplateSource | null | undefined,
  specialTokens: Readonly<Record<string, string | null | undefined>>,
): ChatTemplate {
  const template = parseTemplate(model, source);
  const tokens = Object.fromEntries(Object.entries(specialTokens).filter(([, token]) => token != null));
  const renderRaw = (messages: readonly ChatMessage[], thinking = false) =>
    template.render(
      {
        ...tokens,
        // Absent tools and documents are None for transformers.
        tools: null,
        documents: null,
        date_string: strftime('%d %b %Y', TODAY),
        enable_thinking: thinking,
        add_generation_prompt: true,
        messages: messages.map((message) => ({ ...message })),
      },
      TODAY,
    );
  const { adapt, notes } = adaptTo((messages) => renderRaw(messages));
  const hidden = hiddenRoles((messages) => renderRaw(adapt(messages)));
  if (hidden.length > 0)
    throw new ModelMismatch(
      model,
      `its chat template leaves out ${hidden.join(' and ')} messages, so that the model would not read what was said; use the template that the model was trained with (chat_template.jinja)`,
    );
  return {
    notes,
    render(messages, { thinking = false } = {}) {
      const adapted = adapt(messages);
      try {
        return renderRaw(adapted, thinking);
      } catch (cause) {
        throw new BadInput(model, refusal(adapted, messageOf(cause)), { cause });
      }
    },
  };
}

function refusal(messages: readonly ChatMessage[], said: string): string {
  if (said.includes(UNSUPPORTED))
    return `its chat template asks for what interbrain cannot do: ${said}; put one without it into chat_template.jinja`;
  const roles = messages.map(({ role }) => role).join(', ');
  const advice = 'most templates want a user message first, and user and assistant in turn after it';
  return `its chat template refuses messages of ${roles}: ${said}; ${advice}`;
}

type Adapt = (messages: readonly ChatMessage[]) => readonly ChatMessage[];

/** Tries which messages the template shows in full. */
function adaptTo(render: (messages: readonly ChatMessage[]) => string): { adapt: Adapt; notes: string[] } {
  const shows = (...roles: ChatMessage['role'][]) => {
    const messages = roles.map((role, i) => ({ role, content: `probe ${i}.` }));
    try {
      const text = render(messages);
      return messages.every(({ content }) => text.includes(content));
    } catch {
      return false;
    }
  };
  // A template that refuses even this has nothing to be adapted to; `render` says why.
  if (!shows('user')) return { adapt: (messages) => messages, notes: [] };
  const notes: string[] = [];
  const steps: Adapt[] = [];
  if (!shows('system', 'user')) {
    steps.push(foldSystem);
    notes.push('the chat template has no system role: system messages begin the next user message');
  } else if (movesSystem(render) && !movesSystem((messages) => render(foldSystem(messages)))) {
    steps.push(foldSystem);
    notes.push(
      'the chat template moves the system message behind what was said: it begins the first user message instead, where it stays',
    );
  }
  if (!shows('user', 'user') || !shows('user', 'assistant', 'assistant', 'user')) {
    steps.push(mergeNeighbours);
    notes.push('the chat template wants roles in turn: neighbouring messages of one role are joined');
  }
  return { adapt: (messages) => steps.reduce((result, step) => step(result), messages), notes };
}

/** The roles whose messages can be changed without a change of the text; none if the template refuses the chat. */
function hiddenRoles(render: (messages: readonly ChatMessage[]) => string): string[] {
  const roles = ['system', 'user', 'assistant', 'user'] as const;
  const say = (other?: number) =>
    render(roles.map((role, i) => ({ role, content: i === other ? 'Something else.' : `probe ${i}.` })));
  try {
    const text = say();
    return [...new Set(roles.filter((_, i) => say(i) === text))];
  } catch {
    return [];
  }
}

/** Whether the system message stands elsewhere when the chat has gone on, so that all would have to be read again. */
function movesSystem(render: (messages: readonly ChatMessage[]) => string): boolean {
  const chat = (['system', 'user', 'assistant', 'user'] as const).map((role, i) => ({
    role,
    content: `probe ${i}.`,
  }));
  try {
    const first = render(chat.slice(0, 2));
    const read = first.slice(0, first.lastIndexOf('probe 1.') + 'probe 1.'.length);
    return !render(chat).startsWith(read);
  } catch {
    // What it refuses is put right elsewhere.
    return false;
  }
}

/** System messages become the beginning of the user message that follows; or one of their own, if none does. */
function foldSystem(messages: readonly ChatMessage[]): ChatMessage[] {
  const folded: ChatMessage[] = [];
  let pending: string[] = [];
  for (const { role, content } of messages) {
    if (role === 'system') pending.push(content);
    else if (role === 'user') {
      folded.push({ role, content: [...pending, content].join('\n\n') });
      pending = [];
    } else folded.push({ role, content });
  }
  if (pending.length > 0) folded.push({ role: 'user', content: pending.join('\n\n') });
  return folded;
}

function mergeNeighbours(messages: readonly ChatMessage[]): ChatMessage[] {
  const merged: ChatMessage[] = [];
  for (const { role, content } of messages) {
    const last = merged.at(-1);
    if (last?.role === role) merged[merged.length - 1] = { role, content: `${last.content}\n\n${content}` };
    else merged.push({ role, content });
  }
  return merged;
}

function parseTemplate(model: string, source: TemplateSource | null | undefined): Template {
  if (source === null || source === undefined)
    throw new ModelMismatch(
      model,
      'it has no chat template (chat_template in tokenizer_config.json, chat_template.jinja, or tokenizer.chat_template in a GGUF file); use an instruction-tuned checkpoint, or put the template that the model was trained with into chat_template.jinja',
    );
  const named = typeof source === 'string' ? [{ name: 'default', template: source }] : source;
  const text = named.find(({ name }) => name === 'default')?.template;
  if (text === undefined) {
    const names = named.map(({ name }) => name).join(', ') || 'none at all';
    throw new ModelMismatch(
      model,
      `its chat templates are ${names}; one called default is needed: put it into chat_template.jinja`,
    );
  }
  try {
    return new Template(text);
  } catch (cause) {
    throw new ModelMismatch(
      model,
      `its chat template cannot be parsed: ${messageOf(cause)}; download it again, or correct chat_template.jinja`,
      {
        cause,
      },
    );
  }
}
