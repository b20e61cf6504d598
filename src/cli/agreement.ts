import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import Table from 'cli-table3';
import { BadInput } from '../errors.ts';
import { readJudgements } from '../evaluation/files.ts';
import { alignRatings, type Rating, ratingsOfJudgements, readRatings } from '../evaluation/human-scores.ts';
import type { ModelInfo } from '../models/language-model.ts';
import { writeFileAtomic } from '../recordings/atomic-file.ts';
import { agreementFiles, pText } from '../report/performance/agreement-page.ts';
import { type JudgedBy, type JudgePair, judgesFiles } from '../report/performance/judges-page.ts';
import { compareJudges, type JudgeDifference } from '../statistics/compare-judges.ts';
import { type JudgeAgreement, judgeAgreement } from '../statistics/judge-agreement.ts';
import { packageFile, readManifest } from '../studies/manifest.ts';
import { pairsOf, seatOrdersOf } from '../studies/plan.ts';

/** A judge's scores and its name, from a run or a table. */
async function readJudge(path: string): Promise<{
  readonly name: string;
  readonly ratings: Rating[];
  readonly models?: { readonly name: string; readonly info: ModelInfo }[];
}> {
  if (!existsSync(path)) throw new BadInput(path, 'no such file or folder; name a judged run or a table');
  if (!statSync(path).isDirectory()) return { name: basename(path), ratings: await readRatings(path) };
  const { study, scenarios, models } = await readManifest(path);
  const ids = scenarios.interactions.map(({ id }) => id);
  const orders = pairsOf(study).flatMap(seatOrdersOf);
  const all = await Promise.all(
    orders.map((order) => readJudgements(path, order, study.simulation.seeds, ids)),
  );
  const judgements = all.flat();
  if (judgements.length === 0)
    throw new BadInput(path, 'has not been judged yet; do so with: interbrain judge RUN');
  const judges = [...new Set(judgements.map(({ judge }) => judge))];
  return {
    name: judges.join(', '),
    ratings: ratingsOfJudgements(judgements),
    models: Object.entries(models).map(([name, info]) => ({ name, info })),
  };
}

type Judge = Awaited<ReturnType<typeof readJudge>>;

/** Names that tell the judges apart: one that stands twice has its path behind it. */
function tellApart(judges: readonly Judge[], paths: readonly string[]): Judge[] {
  const names = judges.map(({ name }) => name);
  return judges.map((judge, i) =>
    names.filter((name) => name === judge.name).length === 1
      ? judge
      : { ...judge, name: `${judge.name} (${paths[i]})` },
  );
}

/** @throws BadInput where nothing that the judge scored was scored by people */
function agreementOf(human: string, people: readonly Rating[], { name, ratings }: Judge): JudgeAgreement {
  const found = judgeAgreement(people, ratings);
  if (found.dimensions.length > 0) return found;
  const names = (list: readonly Rating[]) => [...new Set(list.map(({ dimension }) => dimension))].join(', ');
  throw new BadInput(
    human,
    `no score matches one of ${name} in interaction, models, seed, agent and dimension; people have ${names(people)}, the judge ${names(ratings)}`,
  );
}

/** Every two judges, the first ones first. */
function pairsOfJudges(people: readonly Rating[], judges: readonly Judge[]): JudgePair[] {
  return judges.flatMap((first, i) =>
    judges.slice(i + 1).map((second) => ({
      judges: [first.name, second.name] as const,
      dimensions: compareJudges(people, first.ratings, second.ratings),
    })),
  );
}

/** `interbrain agreement`: people's scores against a judge's, or several judges' side by side. */
export async function agreement(
  human: string,
  paths: readonly string[],
  options: { readonly out?: string },
): Promise<void> {
  const people = await readRatings(human);
  const read = await Promise.all(paths.map(readJudge));
  const judges = tellApart(read, paths).map((judge) => ({
    ...judge,
    ratings: alignRatings(people, judge.ratings),
  }));
  const found = judges.map((judge) => ({
    judge: judge.name,
    agreement: agreementOf(human, people, judge),
  }));
  const models = [
    ...new Map(judges.flatMap((judge) => judge.models ?? []).map((model) => [model.name, model])).values(),
  ];
  const { version } = packageFile();
  const subject = { people: basename(human), ...(models.length > 0 && { models }), version };
  const pairs = pairsOfJudges(people, judges);
  const [only] = found;
  const files =
    found.length === 1 && only
      ? await agreementFiles(only.agreement, { judge: only.judge, ...subject })
      : await judgesFiles(found, pairs, subject);
  const out = options.out ?? join(dirname(human), 'agreement');
  for (const [path, content] of files) await writeFileAtomic(join(out, path), content);
  for (const one of found) printAgreement(one, found.length > 1);
  for (const pair of pairs) printPair(pair);
  process.stdout.write(`Page: ${resolve(out, 'index.html')}\n`);
}

const text = (value: number | undefined) =>
  value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(3);

function printAgreement({ judge, agreement: result }: JudgedBy, named: boolean): void {
  const head = ['dimension', 'n', 'Pearson r', 'p', 'Spearman ρ', 'within 1 SD', 'α people'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const d of result.dimensions)
    table.push([
      ...[d.dimension, d.n, text(d.pearson?.r), pText(d.pearson?.p), text(d.spearman?.r)],
      ...[text(d.withinOneDeviation), text(d.alphaHumans)],
    ]);
  const { unmatched } = result;
  process.stdout.write(`${named ? `${judge}\n` : ''}${table.toString()}\n`);
  if (unmatched.human > 0 || unmatched.judge > 0)
    process.stdout.write(
      `Left out: ${unmatched.human} scores of people and ${unmatched.judge} of the judge, without a counterpart.\n`,
    );
  process.stdout.write(`Within one standard deviation over all: ${text(result.withinOneDeviation)}\n`);
}

function printPair({ judges: [first, second], dimensions }: JudgePair): void {
  const head = ['dimension', 'n', 'Pearson r', 'Spearman ρ', 'within 1 SD'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const cell = ({ value, interval }: JudgeDifference) =>
    `${text(value)}${interval ? ` [${text(interval.low)}, ${text(interval.high)}]` : ''}`;
  for (const d of dimensions)
    table.push([d.dimension, d.n, cell(d.pearson), cell(d.spearman), cell(d.withinOneDeviation)]);
  const what = dimensions.length > 0 ? table.toString() : 'They scored nothing in common that people scored.';
  process.stdout.write(`${first} less ${second}, 95 % interval over interactions\n${what}\n`);
}
