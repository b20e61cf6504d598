// Everything that the explorer shows of a run, from its current results alone.

import { INTERACTIVE, placeOf, traitsOf } from '../../conditions/condition.ts';
import { overallScore } from '../../evaluation/dimensions.ts';
import { episodeScore } from '../../evaluation/performance.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { correlationText } from '../../figures/correlation-text.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import { PAGE_FORMAT, type PageData } from '../../view/data.ts';
import { gatherTranscripts, type Transcript } from '../episodes/gather-transcripts.ts';
import { episodeAnchor, relationshipText } from '../episodes/transcript.ts';
import { conclusionOf } from '../interaction/interaction-section.ts';
import { gatherOwnPast } from '../interaction/own-past.ts';
import { gatherSignificance } from '../interaction/significance.ts';
import { toyWords } from '../page/toys.ts';
import { gatherCorrelation } from '../performance/gather-correlation.ts';
import { gatherPart } from '../sensitivity/parts.ts';
import { sharedOf } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { gatherMeasures, type Measures } from '../synchrony/measures.ts';
import { citeOf } from './cite.ts';
import { clustersIn, contributionsIn, endsOf, mapsOf } from './gather-maps.ts';
import { type ConcludedPair, leadOf } from './lead.ts';

/** Conversations in a file of `episodes/`. */
export const PER_PAGE = 100;
/** What was said stands in the document up to so many bytes of it. */
const TRANSCRIPTS = 20e6;

export interface ExplorerData {
  readonly page: PageData;
  readonly transcripts: readonly Transcript[];
}

export async function gatherExplorer(
  source: ReportSource,
  limit: number = TRANSCRIPTS,
): Promise<ExplorerData> {
  const measures = await gatherMeasures(source);
  const transcripts = await gatherTranscripts(source);
  const concluded = await concludedPairs(source);
  const maps = mapsOf(measures);
  const episodes = episodesOf(transcripts, limit);
  const { orders, study, encounters } = source;
  const page: PageData = {
    format: PAGE_FORMAT,
    ...{
      study: study.name,
      version: source.manifest.versions.interbrain,
      warning: toyWords(sharedOf(source)),
    },
    lead: leadOf(measures.pairs, concluded),
    ...{ models: modelsOf(source), pairs: source.pairs.map((pair) => [...pair]) },
    ...{ reference: INTERACTIVE, conditions: conditionsOf(source), synchrony: synchronyOf(measures) },
    verdicts: concluded.map(({ models, conclusion: { verdict, reasons, limits } }) => ({
      ...{ models: [...models], verdict, reasons: [...reasons], limits: [...limits] },
    })),
    performance: performanceOf(await gatherCorrelation(source)),
    ...{ maps, contributions: await contributionsIn(source), clusters: await clustersIn(source) },
    ...{ encounters: encountersOf(transcripts), episodes },
    ...{
      episodesWanted: orders.length * study.simulation.seeds.length * encounters.length,
      perPage: PER_PAGE,
    },
    cite: citeOf(source, maps),
  };
  return { page, transcripts };
}

async function concludedPairs(source: ReportSource): Promise<ConcludedPair[]> {
  const report = await gatherSignificance(source);
  if (!report) return [];
  const shared = sharedOf(source);
  const beside = { text: await gatherPart(source, 'text'), past: await gatherOwnPast(source) };
  return report.pairs.map((pair) => ({
    models: pair.models,
    conclusion: conclusionOf(pair, beside, report, shared),
  }));
}

function modelsOf({ manifest }: ReportSource): PageData['models'] {
  return Object.entries(manifest.models).map(
    ([name, { id, revision, layers, hiddenSize, parameters, toy }]) => ({
      ...{ name, id, revision, layers, hiddenSize, parameters, toy },
    }),
  );
}

function conditionsOf({ study }: ReportSource): PageData['conditions'] {
  return study.conditions
    .toSorted((a, b) => placeOf(a) - placeOf(b))
    .map((name) => ({ name, meaning: traitsOf(name).meaning }));
}

function synchronyOf({ pairs }: Measures): PageData['synchrony'] {
  return pairs.map(({ models, condition, value, standardError, interval }) => ({
    ...{ models: [...models], condition, value, standardError, interval: endsOf(interval) },
  }));
}

function performanceOf(correlation: CorrelationResult | undefined): PageData['performance'] {
  if (!correlation || correlation.pairs.length === 0) return null;
  const { judge, pairs, groups } = correlation;
  const overall = groups.at(-1);
  return {
    judge,
    text: overall
      ? `${overall.group}: ${correlationText(overall.pearson, overall.pairs.length)}; judged by ${judge}.`
      : '',
    pairs: pairs.map(({ models, synchrony, performance }) => ({
      models: [...models],
      synchrony,
      performance,
    })),
  };
}

function encountersOf(transcripts: readonly Transcript[]): PageData['encounters'] {
  return Object.fromEntries(
    transcripts.map(({ episode, scenario, goals }) => [
      episode.interaction,
      {
        ...{ scenario: episode.scenario, characters: [...episode.characters], situation: scenario },
        ...{ relationship: relationshipText(episode.relationship), goals: [...goals] },
      },
    ]),
  );
}

function episodesOf(transcripts: readonly Transcript[], limit: number): PageData['episodes'] {
  const all = transcripts.map(({ episode, judgement }, i): PageData['episodes'][number] => {
    const { models, seed, interaction, ending, turns } = episode;
    return {
      ...{ models: [...models], seed, interaction, ending, rounds: turns.at(-1)?.round ?? 0 },
      judgement: judgement ? judgementOf(judgement) : null,
      turns: turns.map(({ round, seat, text, notes }) => [round, seat, text, [...notes]]),
      ...{ page: Math.floor(i / PER_PAGE) + 1, anchor: episodeAnchor(episode) },
    };
  });
  const bytes = all.reduce((sum, { turns }) => sum + Buffer.byteLength(JSON.stringify(turns)), 0);
  return bytes <= limit ? all : all.map((one) => ({ ...one, turns: null }));
}

function judgementOf(judgement: Judgement): PageData['episodes'][number]['judgement'] {
  const { judge } = judgement;
  if (judgement.status === 'failed') return { judge, failure: judgement.failure };
  const [a, b] = judgement.agents;
  return {
    judge,
    scores: [{ ...a.scores }, { ...b.scores }],
    reasons: [{ ...a.reasons }, { ...b.reasons }],
    overall: [overallScore(a), overallScore(b), episodeScore(judgement)],
  };
}
