// A run's folder → its report. Everything is read from the run's files, so a report can be written again anywhere.

import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Episode } from '../episodes/types.ts';
import { readJudgements } from '../evaluation/files.ts';
import type { Judgement } from '../evaluation/types.ts';
import { writeFileAtomic } from '../recordings/atomic-file.ts';
import { readEpisode } from '../recordings/recording.ts';
import { readableBy } from '../scenarios/tagged-text.ts';
import { readCorrelation } from '../statistics/correlation-files.ts';
import { readAbilities } from '../studies/abilities.ts';
import { type Manifest, readManifest } from '../studies/manifest.ts';
import { readResults, transcriptPath } from '../studies/measure.ts';
import { pairsOf, type SeatOrder, seatOrdersOf } from '../studies/plan.ts';
import { ownLambda } from '../synchrony/results.ts';
import { combineDirections } from '../synchrony/sync-r2.ts';
import { episodeStatistics } from './episodes/episode-statistics.ts';
import { gatherPairPages } from './episodes/gather-pair-pages.ts';
import { gatherNetworks, gatherProbes } from './gather-networks.ts';
import { gatherSignificance } from './interaction/gather-significance.ts';
import type { PairResult, ReportInput, SeatOrderResult, Transcript } from './page/types.ts';
import { buildReport } from './report.ts';
import { gatherSensitivity } from './sensitivity/gather-sensitivity.ts';

const SOURCES = { 'small world': 'embedded small world', sotopia: 'Sotopia' } as const;

async function readEpisodes(run: string, manifest: Manifest, order: SeatOrder): Promise<Episode[]> {
  const { study, scenarios } = manifest;
  const paths = study.simulation.seeds.flatMap((seed) =>
    scenarios.interactions.map((interaction) => transcriptPath(run, order, seed, interaction.id)),
  );
  return Promise.all(paths.map(readEpisode));
}

function toTranscript(episode: Episode, { scenarios }: Manifest): Transcript {
  const scenario = scenarios.scenarios.find((entry) => entry.id === episode.scenario)!;
  return {
    episode,
    scenario: readableBy(scenario.situation, 'environment'),
    goals: [readableBy(scenario.goals[0], 'A'), readableBy(scenario.goals[1], 'B')],
  };
}

/** Spread over the seat orders and, within each, over the interactions; which ones does not depend on how they went. */
function chooseTranscripts(episodes: readonly Episode[][], manifest: Manifest): Transcript[] {
  const count = manifest.study.report.transcripts;
  return Array.from({ length: count }, (_, index) => {
    const own = episodes[index % episodes.length] ?? [];
    return own[Math.floor(((index + 0.5) * own.length) / count)];
  }).flatMap((episode) => (episode ? [toTranscript(episode, manifest)] : []));
}

async function readAllJudgements(
  run: string,
  { study, scenarios }: Manifest,
  orders: readonly SeatOrder[],
): Promise<Judgement[]> {
  const ids = scenarios.interactions.map(({ id }) => id);
  const all = orders.map((order) => readJudgements(run, order, study.simulation.seeds, ids));
  return (await Promise.all(all)).flat();
}

function withJudgements(transcripts: readonly Transcript[], judgements: readonly Judgement[]): Transcript[] {
  const key = ({ models, seed, interaction }: Pick<Judgement, 'models' | 'seed' | 'interaction'>) =>
    JSON.stringify([models, seed, interaction]);
  const byKey = new Map(judgements.map((judgement) => [key(judgement), judgement]));
  return transcripts.map((transcript) => {
    const judgement = byKey.get(key(transcript.episode));
    return { ...transcript, ...(judgement && { judgement }) };
  });
}

function combinePairs(manifest: Manifest, seatOrders: readonly SeatOrderResult[]): PairResult[] {
  return pairsOf(manifest.study).flatMap((models) =>
    manifest.study.conditions.map((condition): PairResult => {
      const names = seatOrdersOf(models).map((order) => order.names.join('+'));
      const own = seatOrders.filter(
        (order) => order.condition === condition && names.includes(order.models.join('+')),
      );
      const { value, standardError } = combineDirections(
        own.flatMap((order) => order.directions.map((direction) => direction.syncR2)),
      );
      return { models, condition, value, standardError };
    }),
  );
}

/**
 * Gathers what a report shows from a finished run.
 *
 * @throws BadInput or CorruptFile naming the file that is missing or damaged
 */
export async function gatherReport(run: string): Promise<ReportInput> {
  const manifest = await readManifest(run);
  const { study, scenarios, versions, machine } = manifest;
  const orders = pairsOf(study).flatMap(seatOrdersOf);
  const episodes = await Promise.all(orders.map((order) => readEpisodes(run, manifest, order)));
  const judgements = await readAllJudgements(run, manifest, orders);
  const results = await readResults(run, orders, study.conditions);
  const seatOrders = results.map(
    ({ order, condition, directions }): SeatOrderResult => ({
      models: order.names,
      condition,
      directions,
      episodes: episodeStatistics(episodes[orders.indexOf(order)]!),
    }),
  );
  return {
    study: study.name,
    models: Object.entries(manifest.models).map(([name, info]) => ({ name, info })),
    scenarios: {
      source: SOURCES[scenarios.name as keyof typeof SOURCES] ?? scenarios.name,
      scenarios: scenarios.scenarios.length,
      interactions: scenarios.interactions.length,
    },
    simulation: study.simulation,
    synchrony: { ...study.synchrony, lambda: ownLambda(study.synchrony.lambda) },
    versions,
    machine: { cpu: machine.cpu, cores: machine.cores, memoryBytes: machine.memoryGiB * 2 ** 30 },
    wallTimes: [],
    seatOrders,
    pairs: combinePairs(manifest, seatOrders),
    transcripts: withJudgements(chooseTranscripts(episodes, manifest), judgements),
    ...(judgements.length > 0 && { judgements }),
    pairPages: gatherPairPages({
      pairs: pairsOf(study),
      episodes: episodes.flat(),
      judgements,
      transcripts: study.report.transcripts,
      toTranscript: (episode) => toTranscript(episode, manifest),
    }),
    correlation: study.correlation ? (await readCorrelation(run)).result : undefined,
    abilities: await readAbilities(run, study),
    significance: await gatherSignificance(run, study),
    nonlinear: await gatherNetworks(run, study),
    probes: await gatherProbes(run, study),
    sensitivity: await gatherSensitivity(run, study),
  };
}

/** Writes `report/` of a run anew. Throws as `gatherReport` does, and then leaves the old report as it was. */
export async function writeReport(
  run: string,
): Promise<{ readonly input: ReportInput; readonly page: string }> {
  const input = await gatherReport(run);
  const files = await buildReport(input);
  const folder = join(run, 'report');
  // Figures of models that are no longer in the study would stand there unexplained.
  await rm(folder, { recursive: true, force: true });
  for (const [path, content] of files) await writeFileAtomic(join(folder, path), content);
  return { input, page: resolve(folder, 'index.html') };
}
