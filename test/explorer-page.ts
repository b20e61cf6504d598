// Documents of the explorer for its tests: of the made-up studies, with attacks in every text, with ten thousand conversations.

import { gatherExplorer } from '../src/report/explorer/gather-page.ts';
import type { PageData } from '../src/view/data.ts';
import { encodeFloats } from '../src/view/floats.ts';
import { sampleReport } from './sample-report.ts';

/** What would be seen if any of it were taken as markup: a title, an element, a request. */
export const attack = (place: string): string =>
  `${place}</script></style><img src=x onerror="document.title='attacked'"><script>document.title="attacked"</script><svg onload=alert(1)>&lt;b&gt;`;

/** One pair of unlike depths, judged, in two conditions, with contributions of the interactions that are played. */
export async function samplePage(layers: readonly [number, number] = [6, 5]): Promise<PageData> {
  const { page } = await gatherExplorer(
    sampleReport({ layers, judged: true, settings: { conditions: ['interactive', 'passive'] } }),
  );
  const interactions = [...new Set(page.episodes.map(({ interaction }) => interaction))];
  const contributions = page.maps
    .filter(({ condition }) => condition === page.reference)
    .map(
      (
        { models, condition, direction, sourceLayers, targetLayers },
        d,
      ): PageData['contributions'][number] => ({
        ...{ models, condition, direction, cells: 'all', sourceLayers, targetLayers },
        interactions: interactions.map((interaction, i) => ({
          ...{
            interaction,
            splits: 1,
            rows: 10,
            share: 1 / interactions.length,
            syncR2: 0.1 - 0.01 * i + 0.001 * d,
          },
        })),
        values: encodeFloats(
          Float32Array.from(
            { length: interactions.length * sourceLayers * targetLayers },
            (_, i) => Math.sin(1 + i + d) / 9,
          ),
        ),
        rounds: [1, 2, 3].map((round) => ({
          ...{ round, value: 0.3 + 0.1 * round, interval: { low: 0.2, high: 0.9, level: 0.95 } },
          ...{
            layers: Array.from({ length: sourceLayers }, (_, i) => 0.1 * round + 0.01 * i),
            train: [9],
            test: [3],
          },
        })),
      }),
    );
  return { ...page, contributions };
}

/** Every text that a model, a scenario, a judge or a study file may bring, as an attack. */
export function attackedPage(page: PageData): PageData {
  const names = [attack('A name'), attack('B name')] as [string, string];
  return {
    ...page,
    ...{ study: attack('study'), warning: attack('warning') },
    lead: { number: attack('number'), verdict: attack('verdict') },
    models: page.models.map((one) => ({ ...one, name: attack('model'), id: attack('id') })),
    conditions: page.conditions.map((one) => ({ ...one, meaning: attack('meaning') })),
    performance: page.performance && {
      ...page.performance,
      judge: attack('judge'),
      text: attack('correlation'),
    },
    maps: page.maps.map((one) => ({
      ...one,
      source: attack('source'),
      target: attack('target'),
      made: [attack('made')],
    })),
    encounters: Object.fromEntries(
      Object.entries(page.encounters).map(([id, one]) => [
        id,
        {
          ...one,
          characters: names,
          situation: attack('situation'),
          goals: [attack('goal A'), attack('goal B')],
          relationship: attack('tie'),
        },
      ]),
    ),
    episodes: page.episodes.map((one) => ({
      ...one,
      judgement: {
        ...{
          judge: attack('judge'),
          overall: [1, 2, 3],
          scores: [{ [attack('dimension')]: 1 }, { [attack('dimension')]: 2 }],
        },
        reasons: [{ [attack('dimension')]: attack('reason') }, {}],
      },
      turns: (one.turns ?? []).map(([round, seat]) => [
        round,
        seat,
        attack(`turn ${round} ${seat}`),
        [attack('note')],
      ]),
    })),
    cite: { text: attack('cite'), bibtex: attack('bibtex'), sha256: attack('hash') },
  };
}

/** So many conversations; one in seven of them speaks of a drum. */
export function manyEpisodes(page: PageData, count: number): PageData {
  const [first] = page.episodes;
  if (!first) throw new Error('the sample has episodes');
  const episodes = Array.from({ length: count }, (_, place): PageData['episodes'][number] => ({
    ...{
      ...first,
      interaction: `talk-${place}`,
      seed: place % 10,
      page: 1 + Math.floor(place / page.perPage),
    },
    turns: Array.from({ length: 8 }, (_, i) => [
      ...([1 + (i >> 1), i % 2 === 0 ? 'A' : 'B'] as const),
      `Utterance ${i} of ${place}: ${place % 7 === 0 && i === 5 ? 'the drum is mine' : 'let us share what there is, and then go home'}.`,
      [],
    ]),
  }));
  return { ...page, episodes, episodesWanted: count };
}
