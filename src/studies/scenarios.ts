import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { BadInput } from '../errors.ts';
import { issueText } from '../files/issue-text.ts';
import { encountersOf, spread } from '../scenarios/encounters.ts';
import { type Encounter, type ScenarioSet, scenarioSet } from '../scenarios/schema.ts';
import { readSotopia } from '../scenarios/sotopia.ts';
import { smallWorld } from '../scenarios/world.ts';
import type { Study } from './schema.ts';
import { locateProblems, locateText } from './study-file/locate.ts';
import { valueAt } from './study-file/messages.ts';
import { error, mistakes } from './study-file/problem.ts';

/** An address stays; a path is taken from `folder`. */
export function locate(path: string, folder: string): string {
  return /^https?:\/\//.test(path) || isAbsolute(path) ? path : resolve(folder, path);
}

/** @throws BadInput with a line for every mistake: `world.json:7:3 interactions[1].id: …` */
async function readScenarioFile(path: string): Promise<ScenarioSet> {
  let json: unknown;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BadInput(path, `cannot be read as a JSON file of scenarios: ${reason}`, { cause });
  }
  const result = scenarioSet.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? error(issue.path, `unknown ${issue.keys.map((key) => `"${key}"`).join(', ')}`)
      : error(issue.path, issueText(issue, valueAt(json, issue.path))),
  );
  throw mistakes(locateProblems(locateText(text, path), problems));
}

export async function readScenarios(source: Study['scenarios'], folder: string): Promise<ScenarioSet> {
  if (source === 'embedded') return smallWorld();
  if ('sotopia' in source) return readSotopia(locate(source.sotopia, folder));
  return readScenarioFile(locate(source.path, folder));
}

/** The encounters that a study plays, in the order of the scenario set. */
export function chooseEncounters(set: ScenarioSet, study: Study): Encounter[] {
  const all = encountersOf(set);
  const count = study.simulation.interactions;
  return count === undefined ? all : spread(all, count, `${study.name} simulation.interactions`);
}
