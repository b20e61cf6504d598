// Minimises a smooth convex function by limited-memory BFGS (Nocedal & Wright, Numerical Optimization, §7.2), in
// float64. A step is halved until the function has fallen enough (Armijo); convexity sees to it that the curvature
// along a step is positive.

import { addScaled, dot, minus } from '../numerics/vectors.ts';

/** A function's value and gradient at a point. The gradient is the function's own until it is called again. */
export type Objective = (
  point: Float64Array,
) => Promise<{ readonly value: number; readonly gradient: Float64Array }>;

export interface MinimiseOptions {
  /** The search ends where no component of the gradient is larger; 1e-7 by default. */
  readonly tolerance?: number;
  /** Iterations at most; 1000 by default. */
  readonly maxIterations?: number;
  /** Steps that are remembered; 20 by default. */
  readonly memory?: number;
  /** Checked before every iteration. */
  readonly signal?: AbortSignal | undefined;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** False if iterations ran out, or rounding left no way down, before the gradient was small. */
  readonly converged: boolean;
}

interface RememberedStep {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** One over the inner product of step and change of the gradient. */
  readonly rho: number;
}

/** Share of the promised fall that a step must bring. */
const ARMIJO = 1e-4;

/** Halvings after which there is no way down that float64 could see. */
const MOST_HALVINGS = 50;

/**
 * Minimises a smooth convex function.
 *
 * @param objective value and gradient at a point of the size of `start`
 * @param start (n), float64: where the search begins; it is left as it is
 * @returns the point, (n), and whether the gradient was small there
 * @throws the signal's reason when aborted; whatever the objective throws
 */
export async function minimise(
  objective: Objective,
  start: Float64Array,
  { tolerance = 1e-7, maxIterations = 1000, memory = 20, signal }: MinimiseOptions = {},
): Promise<Minimum> {
  let point: Float64Array = start.slice();
  const first = await objective(point);
  let value = first.value;
  let gradient: Float64Array = first.gradient.slice();
  const steps: RememberedStep[] = [];
  for (let iterations = 0; ; iterations++) {
    if (largest(gradient) <= tolerance) return { point, value, iterations, converged: true };
    if (iterations === maxIterations) return { point, value, iterations, converged: false };
    signal?.throwIfAborted();
    const direction = descend(gradient, steps);
    const next = await search(objective, point, value, gradient, direction);
    if (!next) {
      // What is remembered may have gone stale; the steepest way is asked before giving up.
      if (steps.length === 0) return { point, value, iterations, converged: false };
      steps.length = 0;
      continue;
    }
    remember(steps, point, next.point, gradient, next.gradient, memory);
    ({ point, value, gradient } = next);
  }
}

/** The direction −H·g by the two loops over the remembered steps. */
function descend(gradient: Float64Array, steps: readonly RememberedStep[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const alphas: number[] = [];
  for (const { step, change, rho } of steps.toReversed()) {
    const alpha = rho * dot(step, direction);
    alphas.push(alpha);
    addScaled(direction, change, -alpha);
  }
  const last = steps.at(-1);
  // The first step has no scale to go by: as long as the gradient, but no longer than 1.
  const scale = last
    ? 1 / (last.rho * dot(last.change, last.change))
    : 1 / Math.max(1, Math.sqrt(dot(gradient, gradient)));
  const scaled = direction.map((value) => value * scale);
  for (const { step, change, rho } of steps) {
    const alpha = alphas.pop() ?? 0;
    addScaled(scaled, step, alpha - rho * dot(change, scaled));
  }
  return scaled;
}

interface Found {
  readonly point: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/** The first of the halved steps that goes down enough; undefined if none does. */
async function search(
  objective: Objective,
  point: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
): Promise<Found | undefined> {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  // Near the minimum a fall is smaller than the rounding of the value; the gradient then says whether it is one.
  const rounding = 1e-14 * Math.max(1, Math.abs(value));
  for (let halvings = 0, length = 1; halvings < MOST_HALVINGS; halvings++, length /= 2) {
    const candidate = point.slice();
    addScaled(candidate, direction, length);
    const found = await objective(candidate);
    const fell = found.value <= value + ARMIJO * length * slope;
    const flat =
      Math.abs(found.value - value) <= rounding && Math.abs(dot(found.gradient, direction)) <= -0.9 * slope;
    if (fell || flat) return { point: candidate, value: found.value, gradient: found.gradient.slice() };
  }
  return undefined;
}

function remember(
  steps: RememberedStep[],
  from: Float64Array,
  to: Float64Array,
  gradient: Float64Array,
  next: Float64Array,
  memory: number,
): void {
  const step = minus(to, from);
  const change = minus(next, gradient);
  const curvature = dot(step, change);
  if (!(curvature > 0)) return;
  steps.push({ step, change, rho: 1 / curvature });
  if (steps.length > memory) steps.shift();
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}
