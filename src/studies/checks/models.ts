// What the study's models are: whether they are there, what they need, and whether this machine has it.

import { BadInput, InterbrainError } from '../../errors.ts';
import { checkDevice, tryDevice } from '../../models/onnx/devices.ts';
import { checkDtype } from '../../models/onnx/dtype.ts';
import { type CheckpointPlace, pairsOf, seatOrdersOf } from '../plan.ts';
import type { Study } from '../schema.ts';
import { error, type Problem, warning } from '../study-file/problem.ts';
import type { ModelDescription, OpenCheck, OpenParts } from './check.ts';

/** What an error says without its place, where it has one. */
export function reasonOf(cause: InterbrainError, place?: string): string {
  const where = place ?? (cause instanceof BadInput ? cause.where : '');
  return where !== '' && cause.message.startsWith(`${where}: `)
    ? cause.message.slice(where.length + 2)
    : cause.message;
}

/** A device that is not there, and a type of weights that it does not compute in. */
export const modelDevices: OpenCheck = {
  name: 'devices and types of weights',
  looksAt: [],
  async find({ study, purpose, isDamaged, models }) {
    const problems: Problem[] = [];
    for (const name of models.keys()) {
      const { dtype = 'fp32', device = 'cpu' } = study.models[name] ?? {};
      if (isDamaged(['models', name])) continue;
      try {
        checkDtype(`models.${name}`, dtype, device);
      } catch (cause) {
        if (!(cause instanceof InterbrainError)) throw cause;
        problems.push(error(['models', name, 'dtype'], reasonOf(cause), { cause }));
      }
      if (purpose === 'look' || device === 'cpu') continue;
      try {
        await checkDevice(`models.${name}`, device);
        await tryDevice(device);
      } catch (cause) {
        if (!(cause instanceof InterbrainError)) throw cause;
        problems.push(error(['models', name, 'device'], cause.message, { cause }));
      }
    }
    return problems;
  },
};

/** All models are in memory together while episodes are played. */
export const modelMemory: OpenCheck = {
  name: 'memory for the models',
  looksAt: ['models'],
  purposes: ['estimate', 'run'],
  find({ study, models, memory }) {
    // What is on a device is not in main memory, and how much a device has is not known here.
    const here = [...models].filter(([name]) => (study.models[name]?.device ?? 'cpu') === 'cpu');
    const known = here.flatMap(([, description]) => (description ? [description.memory] : []));
    const weights = known.reduce((sum, own) => sum + own.weights, 0);
    const loading = Math.max(0, ...known.map((own) => own.loading - own.weights));
    const needed = `the weights of ${known.length === 1 ? 'the model' : `${known.length} models`} take ${inGigabytes(weights + loading)} of memory while they are loaded`;
    const advice = 'take dtype: q8 (1.1 bytes per weight) or fewer models';
    if (weights + loading > memory.total)
      return [error(['models'], `${needed}, and this machine has ${inGigabytes(memory.total)}; ${advice}`)];
    if (weights + loading > memory.free)
      return [
        warning(
          ['models'],
          `${needed}, and ${inGigabytes(memory.free)} are free; end other programs, or ${advice}`,
        ),
      ];
    return [];
  },
};

/** Utterances alone, without what the prompt says before them. */
export const contextLength: OpenCheck = {
  name: 'room in the context',
  looksAt: ['simulation.rounds', 'simulation.maxNewTokens'],
  find({ study: { simulation }, models }) {
    const { rounds, maxNewTokens } = simulation;
    const longest = 2 * rounds * maxNewTokens;
    return [...models].flatMap(([name, description]) => {
      if (!description || longest <= description.contextLength) return [];
      const said = `${rounds} rounds of two utterances of up to ${maxNewTokens} tokens are ${longest} tokens`;
      const message = `${said}, and the context of ${name} holds ${description.contextLength}; long episodes would end for want of room`;
      return [warning(['simulation', 'maxNewTokens'], message)];
    });
  },
};

/** Layer pairs that some direction of some seat order does not have. */
export const layerPairs: OpenCheck = {
  name: 'layer pairs of the networks',
  looksAt: ['nonlinear.layerPairs', 'pairs.*'],
  find({ study, models }) {
    const wanted = study.nonlinear ? study.nonlinear.layerPairs : undefined;
    if (!wanted || typeof wanted === 'string') return [];
    const orders = pairsOf(study).flatMap(seatOrdersOf);
    const directions = orders.flatMap(({ names: [a, b] }) => [
      [a, b],
      [b, a],
    ]);
    return wanted.flatMap(([from, to], index) => {
      const path = ['nonlinear', 'layerPairs', index];
      for (const [source = '', target = ''] of directions) {
        const [own, other] = [models.get(source)?.layers ?? Infinity, models.get(target)?.layers ?? Infinity];
        if (from < own && to < other) continue;
        const there = `layers of ${source} are ${range(own)}, of ${target} ${range(other)}`;
        return [error(path, `there is no pair [${from}, ${to}] from ${source} to ${target}; ${there}`)];
      }
      return [];
    });
  },
};

function inGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(3)} GB`;
}

function range(layers: number): string {
  return Number.isFinite(layers) ? `0 to ${layers - 1}` : 'not known yet';
}

/** Where the study says where a model is. */
export function sourceKey(study: Study, name: string): string[] {
  const source = study.models[name];
  const key = ['embedded', 'hub', 'path'].find((one) => source && one in source);
  return ['models', name, ...(key === undefined ? [] : [key])];
}

/** Describes the models that take part, in the order of the study. */
export async function describeModels(
  { study, isDamaged }: Pick<OpenParts, 'study' | 'isDamaged'>,
  placeOf: (name: string) => CheckpointPlace,
  describe: (place: CheckpointPlace) => Promise<ModelDescription | undefined>,
): Promise<{ readonly models: OpenParts['models']; readonly problems: readonly Problem[] }> {
  const models = new Map<string, ModelDescription | undefined>();
  const problems: Problem[] = [];
  const names = new Set(pairsOf(study).flat());
  for (const name of Object.keys(study.models)) {
    if (!names.has(name)) continue;
    models.set(name, undefined);
    if (isDamaged(['models', name])) continue;
    try {
      models.set(name, await describe(placeOf(name)));
    } catch (cause) {
      if (!(cause instanceof InterbrainError)) throw cause;
      problems.push(error(sourceKey(study, name), reasonOf(cause, `models.${name}`), { cause }));
    }
  }
  return { models, problems };
}
