// `interbrain compare`: two runs side by side, in the terminal.

import { realpathSync } from 'node:fs';
import Table from 'cli-table3';
import { type ComparedPair, type Comparison, compareRuns } from '../comparison/compare-runs.ts';
import { BadInput } from '../errors.ts';
import { intervalText } from '../figures/number-text.ts';
import { openSource } from '../report/source.ts';
import type { CompareDocument } from './documents.ts';

const PLAIN = { head: [], border: [] };

function settingLines({ settings, runs }: Comparison): string[] {
  if (settings.length === 0) return ['Both runs have the same settings.'];
  const table = new Table({ head: ['setting', ...runs], style: PLAIN, wordWrap: true });
  for (const { setting, values } of settings) table.push([setting, ...values.map((value) => value ?? '–')]);
  return ['Settings that differ:', table.toString()];
}

const signed = (value: number) => (value >= 0 ? `+${value.toFixed(3)}` : value.toFixed(3));

function lambdaCell({ lambdas: [a, b] }: ComparedPair): string {
  return a === b ? String(a) : `${a}, ${b}`;
}

/** Reasons by number, each once. */
function numbered(pairs: readonly ComparedPair[]): ReadonlyMap<string, number> {
  const reasons = [...new Set(pairs.flatMap(({ obstacles }) => obstacles))];
  return new Map(reasons.map((reason, i) => [reason, i + 1]));
}

function pairLines({ pairs, runs }: Comparison): string[] {
  if (pairs.length === 0) return ['No pair of models has been measured under the same condition in both.'];
  const reasons = numbered(pairs);
  const head = ['pair', 'condition', 'λ', ...runs, 'difference', 'comparable'];
  const table = new Table({ head, style: PLAIN });
  for (const pair of pairs) {
    const values = pair.values.map(
      ({ value, interval }) => `${value.toFixed(3)} ${intervalText(interval ?? undefined)}`,
    );
    const why = pair.obstacles.map((reason) => reasons.get(reason)).join(', ');
    const comparable = pair.obstacles.length === 0 ? 'yes' : `no: ${why}`;
    const what = [pair.models.join(' × '), pair.condition, lambdaCell(pair)];
    table.push([...what, ...values, signed(pair.difference), comparable]);
  }
  return [
    'SyncR² of what both have, with intervals where there are any; the difference is the second less the first:',
    table.toString(),
    ...[...reasons].map(([reason, number]) => `  ${number}: ${reason}`),
    'No test was made of any difference: intervals that overlap do not say that there is none, and others not that there is one.',
  ];
}

function apartLines({ only, missing, runs }: Comparison): string[] {
  return runs.flatMap((run, i) => [
    ...(only[i]?.length ? [`Only in ${run}: ${only[i].join('; ')}`] : []),
    ...(missing[i]?.length
      ? [`Not current in ${run}, and not compared:`, ...missing[i].map((line) => `  ${line}`)]
      : []),
  ]);
}

function documentOf({ runs, settings, pairs, only, missing }: Comparison): CompareDocument {
  const lists = (both: Comparison['only']): [string[], string[]] => [[...both[0]], [...both[1]]];
  return {
    runs: [...runs],
    settings: settings.map(({ setting, values }) => ({ setting, values: [...values] })),
    pairs: pairs.map(({ models, condition, lambdas, values, difference, obstacles }) => ({
      ...{ models: [...models], condition, lambdas: [...lambdas], values: [...values] },
      ...{ difference, comparable: obstacles.length === 0, obstacles: [...obstacles] },
    })),
    only: lists(only),
    missing: lists(missing),
  };
}

/** @throws BadInput if a folder holds no run, or both are the same */
export async function compare(
  first: string,
  second: string,
  { json = false }: { readonly json?: boolean },
): Promise<void> {
  const sources = [await openSource(first), await openSource(second)] as const;
  if (realpathSync(first) === realpathSync(second))
    throw new BadInput(second, 'is the same run twice; name two');
  const comparison = await compareRuns(...sources);
  const lines = [...settingLines(comparison), ...pairLines(comparison), ...apartLines(comparison)];
  process.stdout.write(json ? `${JSON.stringify(documentOf(comparison))}\n` : `${lines.join('\n')}\n`);
}
