// A judge's answer → both agents' scores, or what is wrong with it. Servers without structured output wrap the JSON
// in prose, code fences or thoughts; it is looked for there, parsed and checked, never run.

import { z } from 'zod';
import type { ChatAnswer } from '../http/chat-server.ts';
import { scoreProblems } from './dimensions.ts';
import type { AgentScores, Dimension } from './types.ts';

export type Answer =
  | { readonly agents: readonly [AgentScores, AgentScores] }
  /** What is wrong with the answer, in words that the judge can be told. */
  | { readonly problem: string };

/** Characters of the longest answer that is read; a longer one is no judgement. */
const LONGEST = 200_000;
/** How many opening braces are tried as the beginning of the answer. */
const TRIES = 100;

const scored = z.record(z.string(), z.unknown());
const entry = z.object({ score: z.unknown(), reason: z.string().optional() });

/** Where the object that begins at `start` ends, with strings taken as JSON does; −1 if it never does. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return i + 1;
  }
  return -1;
}

/** Every outermost JSON object in a text, in order. */
export function jsonObjectsIn(text: string): unknown[] {
  const found: unknown[] = [];
  let start = text.indexOf('{');
  for (let tries = 0; start !== -1 && tries < TRIES; tries++) {
    const end = endOfObject(text, start);
    let next = start + 1;
    if (end !== -1) {
      try {
        found.push(JSON.parse(text.slice(start, end)));
        next = end;
      } catch {
        // Braces in prose: the object may begin at a later one.
      }
    }
    start = text.indexOf('{', next);
  }
  return found;
}

/** What some models answer in the form of the schema that they were given: `{ "type": "object", "properties": … }`. */
function withoutSchema(value: unknown): unknown {
  const wrapped = z.looseObject({ properties: scored }).safeParse(value);
  return wrapped.success ? wrapped.data.properties : value;
}

/** An answer that stands alone under a name: `{ "judgement": { "A": …, "B": … } }`. */
function unwrapped(value: unknown): unknown {
  const inner = withoutSchema(value);
  const object = scored.safeParse(inner);
  const [only, ...others] = object.success ? Object.values(object.data) : [];
  const alone = scored.safeParse(withoutSchema(only));
  const wrapped = others.length === 0 && alone.success && 'A' in alone.data && 'B' in alone.data;
  return wrapped ? alone.data : inner;
}

function readAgent(
  agent: 'A' | 'B',
  answer: Readonly<Record<string, unknown>>,
  dimensions: readonly Dimension[],
): { readonly scores: AgentScores; readonly problems: readonly string[] } {
  const own = scored.safeParse(withoutSchema(answer[agent]));
  if (!own.success) return { scores: { scores: {} }, problems: [`agent ${agent} is missing`] };
  const scores: Record<string, unknown> = {};
  const reasons: Record<string, string> = {};
  const names = new Set(dimensions.map(({ name }) => name));
  for (const [name, value] of Object.entries(own.data)) {
    // A remark beside the scores is no score.
    if (typeof value === 'string' && !names.has(name)) continue;
    const parsed = entry.safeParse(value);
    scores[name] = parsed.success ? parsed.data.score : value;
    if (parsed.success && parsed.data.reason !== undefined) reasons[name] = parsed.data.reason;
  }
  const numbers = Object.entries(scores).filter((one): one is [string, number] => typeof one[1] === 'number');
  return {
    scores: {
      scores: Object.fromEntries(numbers),
      ...(Object.keys(reasons).length > 0 && { reasons }),
    },
    problems: scoreProblems(agent, scores, dimensions),
  };
}

function check(value: unknown, dimensions: readonly Dimension[]): Answer {
  const object = scored.safeParse(unwrapped(value));
  if (!object.success) return { problem: 'the answer is no JSON object' };
  const extra = Object.entries(object.data)
    .filter(([key, one]) => key !== 'A' && key !== 'B' && typeof one !== 'string')
    .map(([key]) => key);
  const [a, b] = [readAgent('A', object.data, dimensions), readAgent('B', object.data, dimensions)];
  const problems = [
    ...extra.map((key) => `"${key.slice(0, 40)}" is neither A nor B`),
    ...a.problems,
    ...b.problems,
  ];
  return problems.length > 0
    ? { problem: problems.slice(0, 12).join('; ') }
    : { agents: [a.scores, b.scores] };
}

/** How models mark their thoughts; what stands behind the last mark is the answer. */
const THOUGHTS: readonly (readonly [string, string])[] = [
  ...['think', 'thinking', 'thought', 'reasoning', 'seed:think'].map(
    (name) => [`<${name}>`, `</${name}>`] as const,
  ),
  ['[THINK]', '[/THINK]'],
  ['◁think▷', '◁/think▷'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
];

/** gpt-oss speaks in channels: `<|channel|>analysis<|message|>…<|end|>`; a server that does not part them shows all. */
const CHANNEL = /<\|channel\|>\s*(\w+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>/g;

/** What is said in the end, thoughts left out; undefined if the answer ends within them. */
export function spokenPart(content: string): string | undefined {
  const last = [...content.matchAll(CHANNEL)].at(-1);
  if (last) {
    if (last[1] !== 'final') return undefined;
    const said = content.slice(last.index + last[0].length);
    return said.split(/<\|(?:end|return|start)\|>/)[0] ?? '';
  }
  let spoken = content;
  for (const [, close] of THOUGHTS) spoken = spoken.split(close).at(-1) ?? '';
  const answer = spoken.indexOf('{');
  const opened = THOUGHTS.map(([open]) => spoken.indexOf(open)).filter((at) => at !== -1);
  // Within an answer it would be a word that is quoted.
  return opened.some((at) => answer === -1 || at < answer) ? undefined : spoken;
}

/** What a server gave for an answer. */
export type Given = Pick<ChatAnswer, 'content' | 'reasoning' | 'refusal' | 'cut'>;

/** Why there is no text to read. */
function whyEmpty({ reasoning, refusal }: Given): string {
  if (refusal.trim() !== '') return `the model refuses: ${refusal.trim().slice(0, 300)}`;
  if (reasoning.trim() !== '')
    return `the content is empty, and what stands in reasoning_content (${reasoning.length} characters) is no answer`;
  return 'the answer is empty';
}

/**
 * Reads an answer. Two objects that both fit but say different things are no answer: one of them may be quoted from
 * the transcript. Nor is what a model was still thinking of when it was cut.
 */
export function readAnswer(given: Given, dimensions: readonly Dimension[]): Answer {
  const { reasoning, cut } = given;
  const empty = given.content.trim() === '';
  // Some servers take an answer in a form that was asked for to be a thought: it is one object and nothing else.
  const content = empty && !cut && /^\{.*\}$/s.test(reasoning.trim()) ? reasoning : given.content;
  if (content.trim() === '') return { problem: whyEmpty(given) };
  if (content.length > LONGEST) return { problem: `the answer has ${content.length} characters` };
  const spoken = spokenPart(content);
  if (spoken === undefined) return { problem: 'the answer ends within the thoughts before it' };
  const answers = jsonObjectsIn(spoken).map((object) => check(object, dimensions));
  const fitting = answers.filter((answer) => 'agents' in answer);
  const different = new Set(fitting.map(({ agents }) => JSON.stringify(agents.map(({ scores }) => scores))));
  if (different.size > 1) return { problem: 'there are several answers that differ; give exactly one' };
  if (cut && !/\}[\s`]*$/.test(spoken)) return { problem: 'the answer is not complete' };
  if (empty && fitting.length === 0) return { problem: whyEmpty(given) };
  return fitting[0] ?? answers.at(-1) ?? { problem: 'there is no JSON object in the answer' };
}
