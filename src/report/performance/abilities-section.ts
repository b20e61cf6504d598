// What the models can do otherwise, with where each value is from.

import { decimals } from '../../figures/number-text.ts';
import { ABILITIES, type Ability, abilitiesOf } from '../../studies/stages/abilities.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup } from '../page/html.ts';
import { toyNames } from '../page/toys.ts';
import { section } from '../section.ts';
import type { Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';

export const abilities = section({
  id: 'abilities',
  title: 'Abilities',
  needs: ['abilities'],
  async gather(source: ReportSource): Promise<Ability[]> {
    const { current } = await source.results(ABILITIES);
    return abilitiesOf(source.study, current);
  },
  tables: (all) => (all.length === 0 ? [] : [['tables/abilities.csv', abilitiesTable(all)]]),
  body: (all, shared) => (all.length === 0 ? null : body(all, shared)),
});

function body(all: readonly Ability[], shared: Shared): Markup {
  const toys = toyNames(shared);
  return html`
<section id="abilities">
<h2>Abilities</h2>
<p>What each model can do apart from these conversations. IFEval asks whether a response follows instructions that a
program can check; MuSR asks questions about long stories.</p>
<div class="scroll" tabindex="0"><table aria-describedby="abilities-source">
<thead><tr><th scope="col">Model</th><th scope="col">Benchmark</th><th scope="col" class="number">Value</th>
<th scope="col" class="number">n</th><th scope="col">Score</th><th scope="col">From</th></tr></thead>
<tbody>${all.map((ability) => row(ability, toys.includes(ability.model)))}
</tbody></table></div>
<p class="source" id="abilities-source">${methods(all)}
± is the standard error over prompts (IFEval) or stories (MuSR); a given value
has none here. n counts prompts for IFEval’s mean and prompt accuracies, instructions or questions otherwise.
interbrain ${shared.versions.interbrain}. In full: <a href="tables/abilities.csv">abilities.csv</a>.</p>
${details(all)}
</section>`;
}

function row(ability: Ability, toy: boolean): Markup {
  const { benchmark, model, value, standardError, score, result } = ability;
  const error = standardError === null ? '' : ` ± ${decimals(standardError)}`;
  const n = result && score !== null ? (result.scores[score]?.n ?? null) : null;
  return html`
<tr><th scope="row">${model}${toy && ' (toy)'}</th><td>${benchmark}</td>
<td class="number">${decimals(value)}${error}</td><td class="number">${n ?? '–'}</td>
<td class="words">${meaning(ability)}</td><td class="words">${origin(ability)}</td></tr>`;
}

const MEANINGS: Readonly<Record<string, string>> = {
  'IFEval strict': 'mean of prompt and instruction accuracy, strict',
  'IFEval promptStrict': 'prompts with all instructions followed, strict',
  'IFEval instructionStrict': 'instructions followed, strict',
  'IFEval promptLoose': 'prompts with all instructions followed, loose',
  'IFEval instructionLoose': 'instructions followed, loose',
  'MuSR normalised':
    'accuracy per character above guessing, mean of the tasks, as on the Open LLM Leaderboard',
  'MuSR accuracyPerCharacter': 'accuracy of the likeliest choice per character',
  'MuSR accuracy': 'accuracy of the likeliest choice',
};

function meaning({ benchmark, score }: Ability): string {
  return score === null ? 'as given' : (MEANINGS[`${benchmark} ${score}`] ?? score);
}

function origin({ result, source }: Ability): string {
  if (result === null) return `given in the study file; ${source ?? 'it names no source'}`;
  const { chosen, data, cut } = result;
  const units = result.benchmark === 'IFEval' ? 'prompts' : 'stories';
  const asked = `run here on ${chosen} of ${data.entries} ${units} of ${fileName(data.source)}`;
  return cut === 0 ? asked : `${asked}; ${cut} prompts longer than the context lost their beginning`;
}

/** How each benchmark was run, once. */
function methods(abilities: readonly Ability[]): string {
  const lines = abilities.flatMap(({ benchmark, result }) =>
    result === null ? [] : [`${benchmark}: ${result.method}.`],
  );
  return [...new Set(lines)].join(' ');
}

/** Of a path its last part, since the rest says nothing on another machine; an address in full. */
function fileName(source: string): string {
  return /^https?:/.test(source) ? source : (source.split(/[\\/]/).filter(Boolean).at(-1) ?? source);
}

/** MuSR's tasks beside each other: guessing gets a third of one right and half of another. */
function details(abilities: readonly Ability[]): Markup | null {
  const rows = abilities.flatMap(({ model, result }) =>
    result?.benchmark === 'MuSR' ? result.tasks.map((task) => ({ model, ...task })) : [],
  );
  if (rows.length === 0) return null;
  return html`
<details><summary>MuSR by task</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Model</th><th scope="col">Task</th><th scope="col" class="number">Questions</th>
<th scope="col" class="number">Accuracy</th><th scope="col" class="number">Per character</th>
<th scope="col" class="number">Guessing</th><th scope="col" class="number">Normalised</th></tr></thead>
<tbody>${rows.map(
    ({ model, task, accuracy, accuracyPerCharacter, chance, normalised }) => html`
<tr><th scope="row">${model}</th><td>${task.replaceAll('_', ' ')}</td><td class="number">${accuracy.n}</td>
<td class="number">${decimals(accuracy.value)}</td><td class="number">${decimals(accuracyPerCharacter.value)}</td>
<td class="number">${decimals(chance)}</td><td class="number">${decimals(normalised)}</td></tr>`,
  )}
</tbody></table></div>
<p class="source">Guessing: what chance gets right on these questions. Normalised takes the leaderboard’s shares for
it, 1/2, 1/5 and 1/3, and counts nothing below 0.</p></details>`;
}

const COLUMNS = [
  ...['model', 'benchmark', 'score', 'value', 'standard_error', 'n', 'stands_for_ability'],
  ...['source', 'entries_chosen', 'entries', 'prompts_cut', 'data_sha256', 'model_revision', 'dtype'],
];

/** Every score of every test, and the given values. */
function abilitiesTable(all: readonly Ability[]): string {
  return encodeCsv(COLUMNS, all.flatMap(scoreRows));
}

function scoreRows({ model, benchmark, value, result, source, score }: Ability): CsvValue[][] {
  if (result === null)
    return [[model, benchmark, null, value, null, null, true, source, null, null, null, null, null, null]];
  const { data, chosen, cut } = result;
  const { revision, dtype } = result.model;
  const about = [data.source, chosen, data.entries, cut, data.sha256, revision, dtype];
  return Object.entries(result.scores).map(([name, found]) => [
    ...[model, benchmark, name, found.value, found.standardError, found.n, name === score],
    ...about,
  ]);
}
