// A study file with comments, made of answers.

import type { ModelEntry } from '../../models/sources.ts';
import { type Answers, type NamedModels, namedModels } from './answers.ts';

/** A text in YAML, whatever stands in it. */
function quoted(text: string): string {
  const plain = /^[A-Za-z][\w./-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}

function entryText(entry: ModelEntry): string {
  const parts = Object.entries(entry).map(([key, value]) => `${key}: ${quoted(String(value))}`);
  return `{ ${parts.join(', ')} }`;
}

function modelLines(models: NamedModels): string[] {
  const embedded = models.some(([, entry]) => 'embedded' in entry);
  const note = embedded
    ? '# Models under names of your choice. Embedded ones are toys: their numbers say that the instrument works, and no more.'
    : '# Models under names of your choice: { path: FOLDER }, { hub: org/name@revision } or { embedded: toy-llama }.';
  const names = models.map(([name]) => quoted(name));
  return [
    note,
    'models:',
    ...models.map(([name, entry]) => `  ${quoted(name)}: ${entryText(entry)}`),
    '# Every pair is played in both seat orders; `all` takes all pairs, each model with itself too.',
    `pairs: [[${names[0]}, ${names[1] ?? names[0]}]]`,
  ];
}

function scenarioLines(scenarios: Answers['scenarios']): string[] {
  if (scenarios === 'embedded')
    return [
      '# Who meets whom, with which private goals: the embedded small world has 36 scenarios and 180 interactions.',
      'scenarios: embedded',
    ];
  if ('sotopia' in scenarios)
    return [
      '# Who meets whom: Sotopia’s envs.json, agents.json and env_agent_combos.json, in a folder or at an address.',
      `scenarios: { sotopia: ${quoted(scenarios.sotopia)} }`,
    ];
  return [
    '# Who meets whom: a JSON file of your own (docs/options.md, “Scenarios”).',
    `scenarios: { path: ${quoted(scenarios.path)} }`,
  ];
}

function simulationLines({ interactions, models }: Answers): string[] {
  // The embedded models learned short sentences; what they say beyond is noise.
  const tokens = models.some((entry) => 'embedded' in entry) ? 80 : 300;
  const count = interactions === 'all' ? '' : `, interactions: ${interactions}`;
  return [
    '# Every interaction is played once per seed, for 8 rounds at most; a round is A’s utterance and then B’s.',
    ...(interactions === 'all' ? ['# `interactions: 60` would play so many of them, spread evenly.'] : []),
    `simulation: { seeds: [0, 1, 2], rounds: 8, temperature: 0.7, maxNewTokens: ${tokens}${count} }`,
  ];
}

const MEASURE_LINES = [
  '# What is measured, and what it is compared with: a later turn (lag-1), a reader who takes no part (passive,',
  '# passive-same-format; each reads all episodes once more), strangers (pseudo-dyad), turns out of order (shuffled), the',
  '# same scene played with another seed (seed-swap).',
  'conditions: [interactive, lag-1]',
  '# How: all samples, a fifth of them held out, three times over. Two runs whose numbers are to be compared take as many',
  '# samples each: `samples: 1200`.',
  'synchrony: { samples: all, test: 0.2, splitSeeds: [0, 1, 2], lambda: [cv, 0.1], groupBy: interaction }',
  '# Tests against strangers and between conditions; they take up to twice as long as the measure.',
  '# significance: true',
  '# What the partner says beyond a state’s own past and the text that both have read; longer than the measure.',
  '# ownPast: true',
  '# What every held-out interaction adds, and SyncR² by round of the dialogue.',
  '# contributions: true',
];

function judgeLines(judge: Answers['judge']): string[] {
  if (judge === 'rule')
    return [
      '# Who scores the episodes: a program that knows what was agreed in the embedded world.',
      'judge: rule',
    ];
  if (judge === false)
    return [
      '# Who scores the episodes: nobody. A model behind an OpenAI-compatible API would be',
      '# judge: { url: http://localhost:8000/v1, model: openai/gpt-oss-120b }',
    ];
  return [
    '# Who scores the episodes: a model behind an OpenAI-compatible API. A key stands in an environment variable:',
    '# `apiKeyEnv: NAME`.',
    `judge: { url: ${quoted(judge.url)}, model: ${quoted(judge.model)} }`,
  ];
}

/**
 * The text of a study file.
 *
 * @param file what the file will be called, for the commands that it names
 */
export function studyText(answers: Answers, file: string): string {
  const { name, models, scenarios, judge } = answers;
  const parts = [
    [
      `# Two language models play social scenarios, and interbrain measures how well one’s states predict the other’s.`,
      '# All keys are in docs/options.md; what is left out has its default.',
      `#   interbrain estimate ${file}   how long it takes here: plays a little of it`,
      `#   interbrain run ${file}        stop it at any time; the same command goes on`,
      `name: ${quoted(name)}`,
    ],
    modelLines(namedModels(models)),
    scenarioLines(scenarios),
    simulationLines(answers),
    MEASURE_LINES,
    judgeLines(judge),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
