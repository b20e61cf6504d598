// A judge's answer → both agents' scores, or what is wrong with it. Servers without structured output wrap the JSON
// in prose, code fences or thoughts; it is looked for there, parsed and checked, never run.

import { z } from 'zod';
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

function readAgent(
  agent: 'A' | 'B',
  answer: Readonly<Record<string, unknown>>,
  dimensions: readonly Dimension[],
): { readonly scores: AgentScores; readonly problems: readonly string[] } {
  const own = scored.safeParse(answer[agent]);
  if (!own.success) return { scores: { scores: {} }, problems: [`agent ${agent} is missing`] };
  const scores: Record<string, unknown> = {};
  const reasons: Record<string, string> = {};
  for (const [name, value] of Object.entries(own.data)) {
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
  const object = scored.safeParse(value);
  if (!object.success) return { problem: 'the answer is no JSON object' };
  const extra = Object.keys(object.data).filter((key) => key !== 'A' && key !== 'B');
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

/**
 * Reads an answer. Two objects that both fit but say different things are no answer: one of them may be quoted from
 * the transcript.
 */
export function readAnswer(content: string, dimensions: readonly Dimension[]): Answer {
  if (content.trim() === '') return { problem: 'the answer is empty' };
  if (content.length > LONGEST) return { problem: `the answer has ${content.length} characters` };
  const [spoken = ''] = content.split('</think>').slice(-1);
  const answers = jsonObjectsIn(spoken).map((object) => check(object, dimensions));
  const fitting = answers.filter((answer) => 'agents' in answer);
  const different = new Set(fitting.map(({ agents }) => JSON.stringify(agents.map(({ scores }) => scores))));
  if (different.size > 1) return { problem: 'there are several answers that differ; give exactly one' };
  return fitting[0] ?? answers.at(-1) ?? { problem: 'there is no JSON object in the answer' };
}
