// A linear mixed model with crossed random intercepts, by restricted maximum likelihood: y = Xβ + Σ Zₖuₖ + ε, uₖ ~ N(0, σₖ²I),
// ε ~ N(0, σ²I). As in lme4 (Bates, Mächler, Bolker & Walker 2015) the deviance is profiled over β and σ² and depends on
// θₖ = σₖ/σ alone. Degrees of freedom are Satterthwaite's, as in lmerTest (Kuznetsova, Brockhoff & Christensen 2017).

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { studentTwoSided } from '../numerics/distributions.ts';
import { at } from '../numerics/lookup.ts';
import { minimise } from './minimise.ts';
import {
  type CrossProducts,
  crossProducts,
  type MixedModelData,
  type Profile,
  profile,
} from './mixed-model-profile.ts';

import { satterthwaite } from './satterthwaite.ts';

/** One fixed effect. */
export interface FixedEffect {
  readonly name: string;
  readonly estimate: number;
  readonly standardError: number;
  /** Satterthwaite's. */
  readonly degreesOfFreedom: number;
  readonly t: number;
  /** Two-sided. */
  readonly p: number;
}

export interface MixedModel {
  readonly n: number;
  readonly fixed: readonly FixedEffect[];
  /** Standard deviation of each factor's intercepts, 0 where the likelihood is highest without them, and how many there are. */
  readonly random: readonly { readonly name: string; readonly sd: number; readonly levels: number }[];
  /** Standard deviation of what is left. */
  readonly residual: number;
  /** −2 log restricted likelihood, as lme4 has it. */
  readonly deviance: number;
}

/**
 * Fits the model.
 *
 * @throws BadInput for values that are not finite or not paired, or columns that depend on one another; NotEnoughSamples for
 *   no more rows than fixed effects, or a factor with a level per row
 */
export function fitMixedModel(data: MixedModelData): MixedModel {
  check(data);
  const products = crossProducts(data);
  const { factors } = products;
  const start = factors.map(() => 1);
  const found = minimise((theta) => profile(products, theta).deviance, start);
  // A boundary is a boundary: what is next to nothing is taken as nothing, if that is no worse.
  const theta = found.map(Math.abs).map((value) => (value < 1e-3 ? 0 : value));
  const best = profile(products, theta);
  const fits = best.deviance <= profile(products, found).deviance + 1e-6;
  return result(data, products, fits ? theta : found.map(Math.abs));
}

function result({ fixed }: MixedModelData, products: CrossProducts, theta: readonly number[]): MixedModel {
  const fit = profile(products, theta);
  const sigma = Math.sqrt(fit.variance);
  const freedom = satterthwaite(products, theta, sigma);
  return {
    n: products.n,
    fixed: Object.keys(fixed).map((name, j) => effectOf(name, j, fit, at(freedom, j))),
    random: products.factors.map(({ name, levels }, k) => ({ name, sd: at(theta, k) * sigma, levels })),
    residual: sigma,
    deviance: fit.deviance,
  };
}

function effectOf(name: string, j: number, fit: Profile, degreesOfFreedom: number): FixedEffect {
  const estimate = at(fit.beta, j);
  const standardError = Math.sqrt(fit.variance * at(fit.unscaled, j * fit.beta.length + j));
  const t = estimate / standardError;
  return { name, estimate, standardError, degreesOfFreedom, t, p: studentTwoSided(t, degreesOfFreedom) };
}

function check({ y, fixed, random }: MixedModelData): void {
  const columns = [['y', y], ...Object.entries(fixed)] as const;
  for (const [name, values] of columns) {
    if (values.length !== y.length)
      throw new BadInput(name, `${values.length} values of ${y.length} rows; every row needs one`);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong !== -1)
      throw new BadInput(`${name}[${wrong}]`, `${values[wrong]} is no number; leave the row out`);
  }
  const need = Object.keys(fixed).length + 2;
  if (y.length < need) throw new NotEnoughSamples('mixed model', y.length, need, 'play more episodes');
  for (const [name, levels] of Object.entries(random)) {
    if (levels.length !== y.length)
      throw new BadInput(name, `${levels.length} levels of ${y.length} rows; every row needs one`);
    if (new Set(levels).size === y.length)
      throw new NotEnoughSamples(
        `mixed model, rows per level of ${name}`,
        ...([1, 2, 'an intercept for every row cannot be told from what is left'] as const),
      );
  }
}
