// Made-up interventions, a different number in every place: one layer at which what predicts also moves, and one at which it
// does not.

import { armsOf } from '../src/interventions/arms.ts';
import { type PlaceArms, summariseEffects } from '../src/interventions/effects.ts';
import type { ArmResult } from '../src/interventions/play-arms.ts';
import { createRandom } from '../src/numerics/random.ts';
import type { ReportSource } from '../src/report/source.ts';
import type { EpisodeInterventions, OrderEffects } from '../src/studies/intervention-files.ts';
import type { InterventionTask } from '../src/studies/intervention-plan.ts';
import { sampleReport } from './sample-report.ts';

const SETTINGS = {
  ...{ rounds: [2, 3], layers: [1, 4], directions: [1, 8, 64], strengths: [-4, -2, 2, 4] },
  ...{ episodes: 4, draws: 99 },
};

const LAYERS = [
  { layer: 1, targetLayer: 2, lambda: 10, r2: 0.412 },
  { layer: 4, targetLayer: 3, lambda: 100, r2: 0.537 },
];

/** Twelve interactions in two rounds; only layer 4 moves the listener, the more the more is done. */
function samplePlaces(): PlaceArms[] {
  const random = createRandom('sample cause');
  const arms = armsOf({ ...SETTINGS, kinds: ['other-seed', 'stranger', 'mean', 'remove', 'steer'] });
  const result = (layer: number, round: number, arm: (typeof arms)[number]): ArmResult => {
    const dose = arm.dose === null ? 2 : arm.kind === 'remove' ? Math.log2(2 * arm.dose) : Math.abs(arm.dose);
    const moves = layer === 4 && arm.control === null ? 0.02 * dose * (1 + 0.1 * round) : 0.002 * dose;
    const noise = 1 + random.uniform();
    const listener = moves * noise;
    return {
      ...{ ...arm, size: 0.1 * dose, speaker: 3 * listener, listener, words: listener > 0.03 ? 1 : 0 },
      ...{ predicted: 0.2 * dose, along: 4 * listener + 0.01 * (random.uniform() - 0.5) },
      ...{ across: 0.1 * noise, later: -listener / 5, scores: { goal: -listener } },
    };
  };
  return Array.from({ length: 12 }, (_, i) =>
    SETTINGS.rounds.flatMap((round) =>
      SETTINGS.layers.map((layer) => ({
        ...{ interaction: `i${i}`, round, layer },
        arms: arms.map((arm) => result(layer, round, arm)),
      })),
    ),
  ).flat();
}

function sampleEffects(): OrderEffects {
  return {
    ...{ speaker: 'A', episodes: 12, playedOn: 24, repeated: 24, layers: LAYERS },
    ...summariseEffects(samplePlaces(), { permutations: SETTINGS.draws, seed: 0, level: 0.95 }),
  };
}

function sampleTold({ seed, encounter }: InterventionTask): EpisodeInterventions {
  const said = (...texts: string[]) =>
    texts.map((text, i) => ({ seat: i % 2 === 0 ? ('A' as const) : ('B' as const), text }));
  const arm = { kind: 'remove', dose: 64 } as const;
  const told = [
    { ...arm, control: null, lines: said('Could we meet in the middle?', 'At thirty, then.') },
    {
      ...arm,
      control: 'random' as const,
      lines: said('That is too much for me.', 'It is a good boat, though.'),
    },
  ];
  const untouched = said('That is too much for me.', 'It is a good boat.');
  return {
    ...{ interaction: encounter.interaction.id, scenario: encounter.scenario.id, seed, speaker: 'A' },
    rounds: [
      { round: 2, repeated: true, before: said('Hello <b>you</b>.', 'The boat is forty.'), lines: untouched },
    ],
    sites: [{ round: 2, layer: 4, targetLayer: 3, arms: [], told }],
  };
}

/** A study of one pair that asks for interventions. */
export function causeSample(): ReportSource {
  const effects = sampleEffects();
  return sampleReport({
    settings: { interventions: SETTINGS },
    makers: { effects: () => effects, interventions: sampleTold },
  });
}
