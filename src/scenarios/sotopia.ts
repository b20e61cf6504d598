// Reads the published Sotopia data (Zhou et al., ICLR 2024) from a folder or an address. The data itself is
// CC-BY-SA 4.0 and is not part of this package.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BadInput } from '../errors.ts';
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
  secret: z.string(),
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

/** A list that is published either as an array or as a map by `pk`. */
function listOf<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  return z.union([z.array(item), z.record(z.string(), item).transform((map) => Object.values(map))]);
}

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
    throw new BadInput(from, `no such folder; it should hold the Sotopia files ${FILES.join(', ')}`);
  }
  return readFile(join(from, file), 'utf8').catch((error: unknown) => {
    throw new BadInput(
      join(from, file),
      `cannot be read; the Sotopia folder should hold ${FILES.join(', ')}`,
      { cause: error },
    );
  });
}

async function load<T>(from: string, file: string, item: z.ZodType<T>): Promise<T[]> {
  const where = join(from, file);
  let json: unknown;
  try {
    json = JSON.parse(await readFrom(from, file));
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadInput(where, `is not JSON: ${error.message}`);
    throw error;
  }
  const result = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).safeParse(json);
  if (!result.success) throw new BadInput(where, 'should be an array, or a map by pk');
  const parsed = listOf(item).safeParse(json);
  if (!parsed.success) throw new BadInput(where, firstProblem(Object.values(result.data), item));
  return parsed.data;
}

function firstProblem(entries: readonly unknown[], item: z.ZodType): string {
  for (const [index, entry] of entries.entries()) {
    const issue = item.safeParse(entry).error?.issues[0];
    if (issue) return `entry ${index}: ${issue.path.join('.') || 'the entry'}: ${issue.message}`;
  }
  return 'cannot be read';
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
