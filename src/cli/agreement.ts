import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import Table from 'cli-table3';
import { BadInput } from '../errors.ts';
import { readJudgements } from '../evaluation/files.ts';
import { alignRatings, type Rating, ratingsOfJudgements, readRatings } from '../evaluation/human-scores.ts';
import type { ModelInfo } from '../models/language-model.ts';
import { writeFileAtomic } from '../recordings/atomic-file.ts';
import { agreementFiles, pText } from '../report/performance/agreement-page.ts';
import { judgeAgreement } from '../statistics/judge-agreement.ts';
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

/** `interbrain agreement`: people's scores against a judge's. */
export async function agreement(
  human: string,
  judge: string,
  options: { readonly out?: string },
): Promise<void> {
  const people = await readRatings(human);
  const { name, ratings, models } = await readJudge(judge);
  const result = judgeAgreement(people, alignRatings(people, ratings));
  if (result.dimensions.length === 0) {
    const names = (list: readonly Rating[]) =>
      [...new Set(list.map(({ dimension }) => dimension))].join(', ');
    throw new BadInput(
      human,
      `no score matches one of the judge's in interaction, models, seed, agent and dimension; people have ${names(people)}, the judge ${names(ratings)}`,
    );
  }
  const { version } = packageFile();
  const files = await agreementFiles(result, {
    judge: name,
    people: basename(human),
    ...(models && { models }),
    version,
  });
  const out = options.out ?? join(dirname(human), 'agreement');
  for (const [path, content] of files) await writeFileAtomic(join(out, path), content);
  const head = ['dimension', 'n', 'Pearson r', 'p', 'Spearman ρ', 'within 1 SD', 'α people'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const text = (value: number | undefined) =>
    value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(3);
  for (const d of result.dimensions)
    table.push([
      ...[d.dimension, d.n, text(d.pearson?.r), pText(d.pearson?.p), text(d.spearman?.r)],
      ...[text(d.withinOneDeviation), text(d.alphaHumans)],
    ]);
  const { unmatched } = result;
  process.stdout.write(`${table.toString()}\n`);
  if (unmatched.human > 0 || unmatched.judge > 0)
    process.stdout.write(
      `Left out: ${unmatched.human} scores of people and ${unmatched.judge} of the judge, without a counterpart.\n`,
    );
  process.stdout.write(`Within one standard deviation over all: ${text(result.withinOneDeviation)}\n`);
  process.stdout.write(`Page: ${resolve(out, 'index.html')}\n`);
}
