// What interventions do over many interactions: means of each arm, differences from its controls, with intervals and
// tests by interaction (docs/method.md §20).

import { studentCritical } from '../numerics/distributions.ts';
import { benjaminiHochberg } from '../statistics/false-discovery.ts';
import { pairedPermutation } from '../statistics/paired-permutation.ts';
import { type Arm, armName, type Control } from './arms.ts';
import type { ArmResult } from './play-arms.ts';

/** The read-outs that are numbers of every arm; scores have names of their own: `score goal`. */
export const MEASURES = ['speaker', 'listener', 'words', 'along', 'across', 'later'] as const;

/** One place's arms, with whose episode it was. */
export interface PlaceArms {
  readonly interaction: string;
  readonly round: number;
  readonly layer: number;
  readonly arms: readonly ArmResult[];
}

/** A mean over interactions with its interval; null ends where there are too few to say. */
export interface Mean {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly interactions: number;
}

/** An arm against one of its controls. */
export interface Contrast {
  readonly control: Control;
  /** The arm less its control. */
  readonly difference: Mean;
  /** Two-sided, by flips of the signs of whole interactions; null where it cannot be tested. */
  readonly p: number | null;
  /** Adjusted over all contrasts of the same measure. */
  readonly q: number | null;
  /** Difference that a test at 0.05 finds in 80 of 100 such studies: 2.8 standard errors. */
  readonly detectable: number | null;
}

/** One measure of one arm at one layer and round. */
export interface Effect extends Omit<Arm, 'control'> {
  readonly layer: number;
  /** Null: over all rounds. */
  readonly round: number | null;
  readonly measure: string;
  readonly mean: Mean;
  readonly controls: readonly (Mean & { readonly control: Control })[];
  readonly contrasts: readonly Contrast[];
}

/** How far the listener moves for what the map predicts: 1 is as far, 0 is not that way. */
export interface Follows {
  readonly layer: number;
  readonly kind: Arm['kind'];
  readonly control: Control | null;
  /** Σ along · predicted / Σ predicted², of each interaction. */
  readonly slope: Mean;
  readonly p: number | null;
}

export interface Effects {
  readonly effects: readonly Effect[];
  readonly follows: readonly Follows[];
  /** The listener's divergence where the speaker said the same words and where it did not: mean and largest. */
  readonly mediation: {
    readonly sameWords: { readonly arms: number; readonly mean: number; readonly most: number };
    readonly otherWords: { readonly arms: number; readonly mean: number; readonly most: number };
  };
}

const LEAST_INTERACTIONS = 3;
/** z of 0.975 and of 0.8: an effect of so many standard errors is found in 80 of 100 studies. */
const DETECTABLE = 1.96 + 0.84;

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean of one number per interaction, and its t interval, which is the jackknife's. */
export function meanOver(values: readonly number[], level: Level): Mean {
  const n = values.length;
  const value = average(values);
  if (n < LEAST_INTERACTIONS) return { value, low: null, high: null, interactions: n };
  const half = level.critical(n - 1) * standardError(values);
  return { value, low: value - half, high: value + half, interactions: n };
}

/** Critical values of t at a coverage, each found once: there are thousands of means over as many interactions. */
export interface Level {
  critical(degreesOfFreedom: number): number;
}

export function levelOf(coverage: number): Level {
  const known = new Map<number, number>();
  return {
    critical(df) {
      const value = known.get(df) ?? studentCritical(1 - coverage, df);
      known.set(df, value);
      return value;
    },
  };
}

function standardError(values: readonly number[]): number {
  const n = values.length;
  const mean = average(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n);
}

export interface EffectSettings {
  readonly permutations: number;
  readonly seed: number;
  readonly level: number;
}

/** The same, with critical values. */
interface Settings extends Omit<EffectSettings, 'level'> {
  readonly level: Level;
}

/** All effects of one seat order. */
export function summariseEffects(places: readonly PlaceArms[], asked: EffectSettings): Effects {
  const settings: Settings = { ...asked, level: levelOf(asked.level) };
  const rounds = [...new Set(places.map(({ round }) => round))].sort((a, b) => a - b);
  const layers = [...new Set(places.map(({ layer }) => layer))].sort((a, b) => a - b);
  const which = [null, ...rounds];
  const effects = layers.flatMap((layer) =>
    which.flatMap((round) => {
      const here = places.filter(
        (place) => place.layer === layer && (round === null || place.round === round),
      );
      return effectsAt(here, layer, round, settings);
    }),
  );
  return {
    effects: adjusted(effects),
    follows: layers.flatMap((layer) =>
      followsAt(
        places.filter((place) => place.layer === layer),
        layer,
        settings,
      ),
    ),
    mediation: { sameWords: reached(places, 0), otherWords: reached(places, 1) },
  };
}

function effectsAt(
  places: readonly PlaceArms[],
  layer: number,
  round: number | null,
  settings: Settings,
): Effect[] {
  const arms = new Map<string, Arm>();
  for (const place of places) for (const arm of place.arms) arms.set(armName(arm), arm);
  const own = [...arms.values()].filter(({ control }) => control === null);
  const scores = new Set(
    places.flatMap(({ arms: all }) => all.flatMap((arm) => Object.keys(arm.scores ?? {}))),
  );
  const measures = [...MEASURES, ...[...scores].map((name) => `score ${name}`)];
  return own.flatMap((arm) =>
    measures.flatMap((measure) => {
      const values = byInteraction(places, arm, measure);
      if (values.size === 0) return [];
      const others = [...arms.values()].filter(
        ({ kind, dose, control }) => kind === arm.kind && dose === arm.dose && control !== null,
      );
      const controls = others.flatMap(({ control, ...head }) => {
        if (control === null) return [];
        const found = byInteraction(places, { ...head, control }, measure);
        return found.size === 0 ? [] : [{ control, found }];
      });
      const mean = meanOver([...values.values()], settings.level);
      return {
        ...{ layer, round, kind: arm.kind, dose: arm.dose, measure, mean },
        controls: controls.map(({ control, found }) => ({
          control,
          ...meanOver([...found.values()], settings.level),
        })),
        contrasts: controls.map(({ control, found }) => contrast(control, values, found, settings)),
      };
    }),
  );
}

/** One number per interaction: the mean over its places. */
function byInteraction(places: readonly PlaceArms[], arm: Arm, measure: string): Map<string, number> {
  const name = armName(arm);
  const values = new Map<string, number[]>();
  for (const place of places) {
    const found = place.arms.find((one) => armName(one) === name);
    const value = found && numberOf(found, measure);
    if (value === undefined || value === null) continue;
    values.set(place.interaction, [...(values.get(place.interaction) ?? []), value]);
  }
  return new Map([...values].map(([interaction, all]) => [interaction, average(all)]));
}

function numberOf(arm: ArmResult, measure: string): number | null | undefined {
  const known = MEASURES.find((name) => name === measure);
  return known ? arm[known] : arm.scores?.[measure.replace(/^score /, '')];
}

function contrast(
  control: Control,
  own: ReadonlyMap<string, number>,
  other: ReadonlyMap<string, number>,
  { permutations, seed, level }: Settings,
): Contrast {
  const both = [...own.keys()].filter((interaction) => other.has(interaction)).sort();
  const values = (of: ReadonlyMap<string, number>) => both.map((interaction) => of.get(interaction) ?? 0);
  const [first, second] = [values(own), values(other)];
  const differences = first.map((value, i) => value - (second[i] ?? 0));
  const difference = meanOver(differences, level);
  const enough = both.length >= LEAST_INTERACTIONS;
  return {
    ...{ control, difference, q: null },
    p: enough ? pairedPermutation(first, second, { permutations, seed }).p : null,
    detectable: enough ? DETECTABLE * standardError(differences) : null,
  };
}

/** q of every contrast, over all of the same measure; those over all rounds and those of each round are families of their own. */
function adjusted(effects: readonly Effect[]): Effect[] {
  const keyOf = ({ measure, round }: Effect) => `${measure}/${round === null ? 'all' : 'each'}`;
  const families = new Map<string, number[]>();
  for (const effect of effects)
    for (const { p } of effect.contrasts)
      if (p !== null) families.set(keyOf(effect), [...(families.get(keyOf(effect)) ?? []), p]);
  const found = new Map([...families].map(([key, all]) => [key, benjaminiHochberg(all).values()]));
  return effects.map((effect) => ({
    ...effect,
    contrasts: effect.contrasts.map((one) => {
      const q = one.p === null ? null : (found.get(keyOf(effect))?.next().value ?? null);
      return { ...one, q };
    }),
  }));
}

function followsAt(places: readonly PlaceArms[], layer: number, settings: Settings): Follows[] {
  const names = new Map<string, Pick<Arm, 'kind' | 'control'>>();
  for (const { arms } of places)
    for (const { kind, control } of arms) names.set(`${kind}/${control}`, { kind, control });
  return [...names.values()].flatMap(({ kind, control }) => {
    const sums = new Map<string, { product: number; square: number }>();
    for (const { interaction, arms } of places)
      for (const arm of arms) {
        if (arm.kind !== kind || arm.control !== control) continue;
        if (arm.along === null || arm.predicted === null) continue;
        const sum = sums.get(interaction) ?? { product: 0, square: 0 };
        sum.product += arm.along * arm.predicted;
        sum.square += arm.predicted ** 2;
        sums.set(interaction, sum);
      }
    const slopes = [...sums.values()]
      .filter(({ square }) => square > 0)
      .map(({ product, square }) => product / square);
    if (slopes.length === 0) return [];
    const zeros = slopes.map(() => 0);
    const { permutations, seed } = settings;
    const p =
      slopes.length < LEAST_INTERACTIONS ? null : pairedPermutation(slopes, zeros, { permutations, seed }).p;
    return { layer, kind, control, slope: meanOver(slopes, settings.level), p };
  });
}

function reached(places: readonly PlaceArms[], words: 0 | 1): Effects['mediation']['sameWords'] {
  const values = places.flatMap(({ arms }) =>
    arms.flatMap((arm) => (arm.words === words && arm.listener !== null ? [arm.listener] : [])),
  );
  const most = values.reduce((high, value) => Math.max(high, value), 0);
  return { arms: values.length, mean: values.length === 0 ? 0 : average(values), most };
}
