// What interventions came to, as it lies in a run's folder: every arm of an episode, and what they come to together.

import { z } from 'zod';
import { ARM_KINDS, CONTROLS } from '../interventions/arms.ts';
import type { Effects } from '../interventions/effects.ts';
import type { ArmResult, ToldArm } from '../interventions/play-arms.ts';
import { resultFile } from '../recordings/result-file.ts';

/** One layer and round of an episode. */
export interface SiteResult {
  readonly round: number;
  /** Of the speaker, 0-based; and the listener's that it predicts best. */
  readonly layer: number;
  readonly targetLayer: number;
  readonly arms: readonly ArmResult[];
  /** Lines of some arms from that turn on. */
  readonly told: readonly ToldArm[];
}

/** All that was done in one episode. */
export interface EpisodeInterventions {
  readonly interaction: string;
  readonly scenario: string;
  readonly seed: number;
  readonly speaker: 'A' | 'B';
  /** Rounds that were asked for and in which both agents spoke. */
  readonly rounds: readonly {
    readonly round: number;
    /** Whether the episode, played on without a change, went on as it had been recorded. */
    readonly repeated: boolean;
    /** The lines before, and those that followed without a change. */
    readonly before: ToldArm['lines'];
    readonly lines: ToldArm['lines'];
  }[];
  readonly sites: readonly SiteResult[];
}

/** The effects of one seat order. */
export interface OrderEffects extends Effects {
  readonly speaker: 'A' | 'B';
  readonly episodes: number;
  /** Rounds of episodes that were played on, and those that went on as recorded without a change. */
  readonly playedOn: number;
  readonly repeated: number;
  /** Layers, with λ of their maps and the R² that they have in the measure. */
  readonly layers: readonly {
    readonly layer: number;
    readonly targetLayer: number;
    readonly lambda: number;
    readonly r2: number;
  }[];
}

const count = z.int().min(0);
const number = z.number().nullable();
const arm = {
  kind: z.enum(ARM_KINDS),
  control: z.enum(CONTROLS).nullable(),
  dose: number,
};
const lines = z.array(z.object({ seat: z.enum(['A', 'B']), text: z.string() }));
const speaker = z.enum(['A', 'B']);

const armResult = z.object({
  ...arm,
  size: z.number(),
  speaker: z.number(),
  listener: number,
  words: z.number(),
  predicted: number,
  along: number,
  across: number,
  later: number,
  scores: z.record(z.string(), z.number()).exactOptional(),
});

const EPISODE = 'interbrain-interventions-1';

export const interventionsFile = resultFile<EpisodeInterventions>({
  format: EPISODE,
  schema: z.object({
    format: z.literal(EPISODE),
    interaction: z.string(),
    scenario: z.string(),
    seed: z.int(),
    speaker,
    rounds: z.array(z.object({ round: count, repeated: z.boolean(), before: lines, lines })),
    sites: z.array(
      z.object({
        round: count,
        layer: count,
        targetLayer: count,
        arms: z.array(armResult),
        told: z.array(z.object({ ...arm, lines })),
      }),
    ),
  }),
});

const mean = { value: z.number(), low: number, high: number, interactions: count };
const control = z.enum(CONTROLS);
const reached = z.object({ arms: count, mean: z.number(), most: z.number() });
const EFFECTS = 'interbrain-effects-1';

export const effectsFile = resultFile<OrderEffects>({
  format: EFFECTS,
  schema: z.object({
    format: z.literal(EFFECTS),
    speaker,
    episodes: count,
    playedOn: count,
    repeated: count,
    layers: z.array(z.object({ layer: count, targetLayer: count, lambda: z.number(), r2: z.number() })),
    effects: z.array(
      z.object({
        layer: count,
        round: count.nullable(),
        kind: z.enum(ARM_KINDS),
        dose: number,
        measure: z.string(),
        mean: z.object(mean),
        controls: z.array(z.object({ control, ...mean })),
        contrasts: z.array(
          z.object({ control, difference: z.object(mean), p: number, q: number, detectable: number }),
        ),
      }),
    ),
    follows: z.array(
      z.object({
        layer: count,
        kind: z.enum(ARM_KINDS),
        control: control.nullable(),
        slope: z.object(mean),
        p: number,
      }),
    ),
    mediation: z.object({ sameWords: reached, otherWords: reached }),
  }),
});
