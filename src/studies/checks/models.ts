// What the study's models are: whether they are there, what they need, and whether this machine has it.

import { BadInput, InterbrainError, RemoteFailure } from '../../errors.ts';
import type { ModelInfo } from '../../models/language-model.ts';
import { checkModel, distortionOf, isServed, type ModelSource, resolveModel } from '../../models/sources.ts';
import { DIRECTIONS } from '../../pairs/align.ts';
import { pairsOf, seatOrdersOf } from '../plan.ts';
import type { Study } from '../schema.ts';
import { error, type Path, type Problem, warning } from '../study-file/problem.ts';
import type { DescribedModel, FileParts, OpenCheck } from './check.ts';
import { notRecorded } from './recorded-layers.ts';

/**
 * What an error says without its place.
 *
 * @param place the place to leave away; any by default
 */
export function reasonOf(cause: InterbrainError, place?: string): string {
  if (!(cause instanceof BadInput) || (place ?? cause.where) !== cause.where) return cause.message;
  return cause.message.slice(cause.where.length + 2);
}

/** A device that is not there, and a type of weights that it does not compute in. */
export const modelDevices: OpenCheck = {
  name: 'devices and types of weights',
  looksAt: [],
  purposes: ['estimate', 'run'],
  async find({ study, models }) {
    const problems: Problem[] = [];
    for (const [name, { source }] of models)
      try {
        if (source) await checkModel(source);
      } catch (cause) {
        if (!(cause instanceof InterbrainError)) throw cause;
        if (source) problems.push(notUsable(study, name, source, cause));
      }
    return problems;
  },
};

/** Types of weights that change what is measured, where the study does not say that it shall be so. */
export const trueStates: OpenCheck = {
  name: 'types of weights that distort hidden states',
  looksAt: ['simulation.distorted'],
  purposes: ['estimate', 'run'],
  find({ study, models }) {
    const allowed = new Set<string>(study.simulation.distorted);
    return [...models].flatMap(([name, { source }]) => {
      const distortion = source && distortionOf(source);
      if (!distortion || allowed.has(distortion.dtype)) return [];
      const advice = `take q8 or fp32; to measure with it all the same, say simulation: { distorted: [${distortion.dtype}] }`;
      return [error(['models', name, 'dtype'], `${distortion.what}; ${advice}`)];
    });
  },
};
/** The study can do without a server until it has something to ask, and what is recorded is measured without any. */
function notUsable(study: Study, name: string, source: ModelSource, cause: InterbrainError): Problem {
  const place = sourcePath(study, name);
  if (cause instanceof RemoteFailure)
    return warning(place, `${cause.message}; it is asked again when it is needed`);
  if (isServed(source)) return error(place, cause.message, { cause });
  const key = cause instanceof BadInput ? 'dtype' : 'device';
  return error(['models', name, key], reasonOf(cause), { cause });
}

/** Bytes of a weight in memory; of what is quantised, with its scales. */
const BYTES: Readonly<Record<string, number>> = {
  fp32: 4,
  fp16: 2,
  bf16: 2,
  q8: 1.75,
  w8a8: 1.125,
  q4: 0.625,
};
/** While it is loaded, a model needs so much more, as a share of its weights (docs/models.md). */
const LOADING = 0.125;

/** All models are in memory together while episodes are played. */
export const modelMemory: OpenCheck = {
  name: 'memory for the models',
  looksAt: ['models'],
  purposes: ['estimate', 'run'],
  find({ models, memory }) {
    // What is on a device is not in main memory, and how much a device has is not known here.
    const here = [...models.values()].flatMap(({ info }) =>
      info && info.device === undefined ? [info] : [],
    );
    const weights = here.map(({ parameters, dtype }) => parameters * (BYTES[dtype] ?? 4));
    const needed = weights.reduce((sum, own) => sum + own, 0) + LOADING * Math.max(0, ...weights);
    const who = here.length === 1 ? 'the model takes' : `the ${here.length} models take`;
    const text = `${who} ${inGigabytes(needed)} of memory while they are loaded`;
    const advice = 'take dtype: q8 (1.75 bytes per weight) or fewer models';
    if (needed > memory.total)
      return [error(['models'], `${text}, and this machine has ${inGigabytes(memory.total)}; ${advice}`)];
    if (needed > memory.free)
      return [
        warning(
          ['models'],
          `${text}, and ${inGigabytes(memory.free)} are free; end other programs, or ${advice}`,
        ),
      ];
    return [];
  },
};

function inGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(3)} GB`;
}

/** Utterances alone, without what the prompt says before them. */
export const contextLength: OpenCheck = {
  name: 'room in the context',
  looksAt: ['simulation.rounds', 'simulation.maxNewTokens'],
  find({ study: { simulation }, models }) {
    const { rounds, maxNewTokens } = simulation;
    const longest = 2 * rounds * maxNewTokens;
    return [...models].flatMap(([name, { info }]) => {
      if (!info || info.contextLength === 0 || longest <= info.contextLength) return [];
      const said = `${rounds} rounds of two utterances of up to ${maxNewTokens} tokens are ${longest} tokens`;
      const message = `${said}, and the context of ${name} holds ${info.contextLength}; long episodes would end for want of room`;
      return [warning(['simulation', 'maxNewTokens'], message)];
    });
  },
};

/** Layer pairs that some direction of some seat order does not have. */
export const layerPairs: OpenCheck = {
  name: 'layer pairs of the networks',
  looksAt: ['nonlinear.layerPairs', 'states.layers', 'pairs.*'],
  find({ study, models }) {
    const wanted = study.nonlinear ? study.nonlinear.layerPairs : undefined;
    if (!Array.isArray(wanted)) return [];
    const layersOf = (name: string) => models.get(name)?.info?.layers ?? Number.POSITIVE_INFINITY;
    const directions = pairsOf(study)
      .flatMap(seatOrdersOf)
      .flatMap(({ names: [a, b] }) =>
        DIRECTIONS.map((way) => (way === 'A->B' ? ([a, b] as const) : ([b, a] as const))),
      );
    const choice = study.states.layers;
    const missing = (name: string, layer: number) => notRecorded(choice, name, models.get(name) ?? {}, layer);
    const unrecorded = wanted.flatMap(([from, to], index) => {
      const reasons = directions.flatMap(([source, target]) =>
        from < layersOf(source) && to < layersOf(target) ? [missing(source, from), missing(target, to)] : [],
      );
      const reason = reasons.find((one) => one !== undefined);
      return reason === undefined ? [] : [error(['nonlinear', 'layerPairs', index], reason)];
    });
    const absent = wanted.flatMap(([from, to], index) => {
      const lacking = directions.find(
        ([source, target]) =>
          layersOf(source) > 0 &&
          layersOf(target) > 0 &&
          (from >= layersOf(source) || to >= layersOf(target)),
      );
      if (!lacking) return [];
      const [source, target] = lacking;
      const there = `layers of ${source} are ${range(layersOf(source))}, of ${target} ${range(layersOf(target))}`;
      const message = `there is no pair [${from}, ${to}] from ${source} to ${target}; ${there}`;
      return [error(['nonlinear', 'layerPairs', index], message)];
    });
    return [...absent, ...unrecorded];
  },
};

function range(layers: number): string {
  return Number.isFinite(layers) ? `0 to ${layers - 1}` : 'not known yet';
}

/** Where the study says where a model is: its entry's first key. */
function sourcePath(study: Study, name: string): Path {
  const key = Object.keys(study.models[name] ?? {}).find((one) => !['dtype', 'device'].includes(one));
  return ['models', name, ...(key === undefined ? [] : [key])];
}

/** Finds out what the models are that take part, in the order of the study. */
export async function describeModels(
  { study, isDamaged }: FileParts,
  folder: string,
  describe: (source: ModelSource) => Promise<ModelInfo | undefined>,
): Promise<{ readonly models: ReadonlyMap<string, DescribedModel>; readonly problems: readonly Problem[] }> {
  const models = new Map<string, DescribedModel>();
  const problems: Problem[] = [];
  const names = new Set(pairsOf(study).flat());
  for (const [name, entry] of Object.entries(study.models)) {
    if (!names.has(name)) continue;
    models.set(name, {});
    if (isDamaged(['models', name])) continue;
    const where = `models.${name}`;
    try {
      const source = resolveModel(entry, { folder, where });
      models.set(name, { source });
      const info = await describe(source);
      if (info) models.set(name, { source, info });
    } catch (cause) {
      if (!(cause instanceof InterbrainError)) throw cause;
      problems.push(error(sourcePath(study, name), reasonOf(cause, where), { cause }));
    }
  }
  return { models, problems };
}
