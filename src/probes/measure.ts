// Decodes mental states from every layer (docs/method.md §11, paper Appendix J): linear probes, trained on some interactions and
// tested on others, beside a baseline that knows nothing of the states.

import { layerPlace } from '../episodes/recorded-layers.ts';
import type { Seat } from '../episodes/types.ts';
import { type Gemm, openGemm } from '../numerics/gemm.ts';
import { type LayerSource, recordingLayers } from '../pairs/layers.ts';
import { readChecked } from '../synchrony/ridge/read-layer.ts';
import { probeLayer } from './probe-layer.ts';
import { type ProbeResult, resultOf } from './probe-results.ts';
import { type ProbeSettings, probeSettings } from './probe-settings.ts';
import { type SplitTarget, splitTarget } from './probe-splits.ts';
import { type TestMaterial, type TestMeans, testMaterial, testProbe } from './probe-tests.ts';
import {
  type FormatFailures,
  formatFailures,
  type NamedRecording,
  PROBE_KINDS,
  PROBE_RELATIONS,
  type ProbeKind,
  type ProbeRelation,
  probeTarget,
  statesOfSeat,
} from './targets.ts';

export type { ProbeResult } from './probe-results.ts';

/** What one agent's states say of named states. */
export interface AgentProbes {
  readonly format: 'interbrain-probes-1';
  readonly seat: Seat;
  /** Names that the study gives the models. */
  readonly model: string;
  readonly partner: string;
  readonly groupBy: string;
  readonly settings: ProbeSettings;
  readonly failures: { readonly own: FormatFailures; readonly partner: FormatFailures };
  readonly probes: readonly ProbeResult[];
  /** What is not decoded, and why. */
  readonly excluded: readonly {
    readonly kind: ProbeKind;
    readonly relation: ProbeRelation;
    readonly reason: string;
  }[];
}

export interface ProbeOptions extends Partial<ProbeSettings> {
  readonly seat: Seat;
  readonly model: string;
  readonly partner: string;
  /** What the recordings' groups are. */
  readonly groupBy: string;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
  /** Threads; as many as there are cores by default. */
  readonly threads?: number;
}

/**
 * Decodes an agent's own current, the partner's previous and the partner's next emotion and action type from every
 * layer of the agent's states. Words of a model that fails the format more often than `maxFailureRate` are not decoded;
 * `excluded` says so, with the rate.
 *
 * @throws BadInput for settings that do not work; CorruptFile from states on disk; the signal's reason when aborted
 */
export async function probeMentalStates(
  recordings: readonly NamedRecording[],
  options: ProbeOptions,
): Promise<AgentProbes> {
  const settings = probeSettings(options);
  const { seat, model, partner, groupBy } = options;
  const failures = {
    own: formatFailures(recordings, seat),
    partner: formatFailures(recordings, seat === 'A' ? 'B' : 'A'),
  };
  const states = statesOfSeat(recordings, seat);
  const usable: SplitTarget[] = [];
  const excluded: AgentProbes['excluded'][number][] = [];
  for (const kind of PROBE_KINDS)
    for (const relation of PROBE_RELATIONS) {
      const named =
        relation === 'self' ? { who: model, ...failures.own } : { who: partner, ...failures.partner };
      const target = probeTarget(recordings, states, kind, relation);
      const ready = tooManyFailures(named, settings) ?? splitTarget(target, settings);
      if (typeof ready === 'string') excluded.push({ kind, relation, reason: ready });
      else usable.push(ready);
    }
  const gemm = await openGemm({ threads: options.threads ?? 0 });
  try {
    const probes =
      usable.length > 0 ? await probeLayers(recordings, states, usable, options, settings, gemm) : [];
    return {
      format: 'interbrain-probes-1',
      seat,
      model,
      partner,
      groupBy,
      settings,
      failures,
      probes,
      excluded,
    };
  } finally {
    await gemm.close();
  }
}

/** A table of all layers of all probes, a row each: for CSV. */
export function probeTable({ model, partner, seat, probes }: AgentProbes): (string | number)[][] {
  const head = ['model', 'partner', 'seat', 'kind', 'relation', 'layer', 'samples'];
  const numbers = ['kl', 'kl_standard_error', 'baseline_kl', 'baseline_standard_error'];
  const rows = probes.flatMap(({ kind, relation, samples, baseline, layers }) =>
    layers.map(({ layer, mean, standardError }) => [
      ...[model, partner, seat, kind, relation, layer, samples],
      ...[mean, standardError, baseline.mean, baseline.standardError],
    ]),
  );
  return [[...head, ...numbers], ...rows];
}

function tooManyFailures(
  { who, turns, failed, rate }: FormatFailures & { readonly who: string },
  { maxFailureRate }: ProbeSettings,
): string | undefined {
  if (turns === 0) return `${who} was never asked for its state`;
  if (rate <= maxFailureRate) return undefined;
  const share = `${failed} of ${turns} replies of ${who} (${(100 * rate).toFixed(1)} %) do not follow the format`;
  return `${share}; up to ${100 * maxFailureRate} % are accepted`;
}

async function probeLayers(
  recordings: readonly NamedRecording[],
  states: ReturnType<typeof statesOfSeat>,
  usable: readonly SplitTarget[],
  { onProgress, signal }: ProbeOptions,
  settings: ProbeSettings,
  gemm: Gemm,
): Promise<ProbeResult[]> {
  const source = recordingLayers(recordings, states, 'source');
  const total = source.layers * usable.length * settings.splitSeeds.length;
  let done = 0;
  for (let layer = 0; layer < source.layers; layer++) {
    const x = await readChecked(source, 'source', layer);
    for (const { target, splits } of usable)
      for (const { split, inner, fits } of splits) {
        fits.push((await probeLayer(x, target, split, inner, settings, signal, gemm)).fit);
        onProgress?.({ done: ++done, total });
      }
  }
  return testProbes(source, usable, testMaterial(recordings, states), { settings, signal, gemm });
}

/** Sums up over layers, and tests the layer that was chosen in training, if one was. */
async function testProbes(
  source: LayerSource,
  usable: readonly SplitTarget[],
  material: TestMaterial,
  means: TestMeans,
): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const tested of usable) {
    const result = resultOf(tested.target, tested.splits, source.recorded);
    const layer = result.chosen?.layer;
    if (layer === undefined) {
      results.push(result);
      continue;
    }
    const place = layerPlace(source.recorded, layer);
    const x = await readChecked(source, 'source', place);
    const tests = await testProbe({ ...tested, layer: place, x }, material, means);
    results.push({ ...result, tests: { ...tests, layer } });
  }
  return results;
}
