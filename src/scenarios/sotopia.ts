// Reads the published Sotopia data (Zhou et al., ICLR 2024) from a folder or an address. The data itself is
// CC-BY-SA 4.0 and is not part of this package.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BadInput, messageOf } from '../errors.ts';
import { firstIssue } from '../files/issue-text.ts';
import { readText, withoutMark } from '../files/read-file.ts';
import { fetchText } from '../http/download.ts';
import { at } from '../numerics/lookup.ts';
import {
  type Character,
  type Interaction,
  RELATIONSHIPS,
  type Scenario,
  type ScenarioSet,
} from './schema.ts';
import { parseTaggedText } from './tagged-text.ts';

const rawCharacter = z.object({
  pk: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  age: z.number(),
  occupation: z.string(),
  gender: z.string(),
  gender_pronoun: z.string(),
  public_info: z.string(),
  personality_and_values: z.string(),
  // Sotopia's own default.
  secret: z.string().default(''),
});

const rawScenario = z.object({
  pk: z.string(),
  codename: z.string(),
  source: z.string(),
  scenario: z.string(),
  agent_goals: z.tuple([z.string(), z.string()]),
  relationship: z
    .number()
    .int()
    .min(0)
    .max(RELATIONSHIPS.length - 1)
    .transform((index) => at(RELATIONSHIPS, index)),
});

const rawInteraction = z.object({
  pk: z.string(),
  env_id: z.string(),
  agent_ids: z.tuple([z.string(), z.string()]),
});

/** The published files, by what is in them. */
export const SOTOPIA_FILES = {
  scenarios: 'envs.json',
  characters: 'agents.json',
  interactions: 'env_agent_combos.json',
} as const;

const FILES: readonly string[] = Object.values(SOTOPIA_FILES);

async function readFrom(from: string, file: string): Promise<string> {
  if (/^https?:\/\//.test(from))
    return fetchText(`${from.replace(/\/$/, '')}/${file}`, {
      advice: 'download the files and name their folder instead',
    });
  const folder = await stat(from).catch(() => undefined);
  if (!folder?.isDirectory()) {
    throw new BadInput(from, `no such folder; name one that holds the Sotopia files ${FILES.join(', ')}`);
  }
  return readText(join(from, file), { advice: `the Sotopia folder should hold ${FILES.join(', ')}` });
}

/** JSON, or JSON lines; what pandas writes for nothing, NaN, is null. */
function parseLoosely(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length > 1) {
      const entries = lines.map((line) => parsed(withoutNaN(line)));
      if (!entries.includes(undefined)) return entries;
    }
    const whole = parsed(withoutNaN(text));
    if (whole !== undefined) return whole;
    const advice = 'it should be a list of entries, or a map by pk; export it again as JSON';
    throw new BadInput(where, `is not JSON: ${messageOf(cause)}; ${advice}`, { cause });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** NaN outside of strings, which JSON does not know. */
function withoutNaN(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\bNaN\b/g, (found) => (found === 'NaN' ? 'null' : found));
}

async function load<T>(from: string, file: string, item: z.ZodType<T>): Promise<T[]> {
  const where = join(from, file);
  const json = parseLoosely(withoutMark(await readFrom(from, file)), where);
  const result = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).safeParse(json);
  if (!result.success) throw new BadInput(where, 'should be an array, or a map by pk');
  return Object.values(result.data).map((entry, index) => {
    const one = item.safeParse(entry);
    if (one.success) return one.data;
    const wrong = firstIssue(one.error, entry, 'the entry');
    throw new BadInput(where, `entry ${index}: ${wrong}; correct the entry, which Sotopia publishes whole`);
  });
}

function toCharacter(raw: z.infer<typeof rawCharacter>): Character {
  return {
    id: raw.pk,
    firstName: raw.first_name,
    lastName: raw.last_name,
    age: raw.age,
    gender: raw.gender,
    pronouns: raw.gender_pronoun,
    occupation: raw.occupation,
    publicInfo: raw.public_info,
    personality: raw.personality_and_values,
    secret: raw.secret,
  };
}

function toScenario(raw: z.infer<typeof rawScenario>, file: string): Scenario {
  const where = `${file} ${raw.codename}`;
  return {
    id: raw.pk,
    codename: raw.codename,
    source: raw.source,
    situation: parseTaggedText(raw.scenario, `${where} scenario`),
    goals: [
      parseTaggedText(raw.agent_goals[0], `${where} agent_goals[0]`),
      parseTaggedText(raw.agent_goals[1], `${where} agent_goals[1]`),
    ],
    relationship: raw.relationship,
  };
}

/**
 * Reads `envs.json`, `agents.json` and `env_agent_combos.json`.
 *
 * @param from a folder, or an http(s) address below which the three files lie
 * @throws BadInput naming the file and entry that is wrong; RemoteFailure if the address does not answer
 */
export async function readSotopia(from: string): Promise<ScenarioSet> {
  const [scenarios, characters, interactions] = await Promise.all([
    load(from, SOTOPIA_FILES.scenarios, rawScenario),
    load(from, SOTOPIA_FILES.characters, rawCharacter),
    load(from, SOTOPIA_FILES.interactions, rawInteraction),
  ]);
  return {
    name: 'sotopia',
    characters: characters.map(toCharacter),
    scenarios: scenarios.map((raw) => toScenario(raw, join(from, SOTOPIA_FILES.scenarios))),
    interactions: interactions.map(
      (raw): Interaction => ({ id: raw.pk, scenario: raw.env_id, characters: raw.agent_ids }),
    ),
  };
}
