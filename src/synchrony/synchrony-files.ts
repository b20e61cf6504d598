// Results of measures on disk: the numbers in safetensors, which NumPy reads as they are, and all the rest in JSON. The
// head is the same for every measure; what stands beside it, the measure's form says.

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { CorruptFile, OtherFormat } from '../errors.ts';
import {
  encodeSafetensors,
  parseSafetensorsHeader,
  readTensorBytes,
  type SafetensorsDtype,
  type SafetensorsHeader,
} from '../numerics/safetensors.ts';
import { readJson, writeFileAtomic, writeJson } from '../recordings/atomic-file.ts';
import { layersMetadata, withLayerNumbers, withLayerPlaces } from './layer-numbers.ts';
import type { Measure } from './measures/interface.ts';
import { MEASURES } from './measures/measures.ts';
import { networks } from './measures/networks-measure.ts';
import { recordedSchema, type TensorFile } from './measures/result-form.ts';
import { ridge } from './measures/ridge-measure.ts';
import type { NonlinearResult } from './networks/types.ts';
import { type MeasureResult, RESULT_FORMAT, type SynchronyResult } from './types.ts';

const ADVICE = 'delete it and run the study again';

const count = z.int().min(0);

const head = z.object({
  format: z.literal(RESULT_FORMAT),
  measure: z.object({ name: z.string(), version: count }),
  inputs: z.record(z.string(), z.string()),
  condition: z.string(),
  direction: z.enum(['A->B', 'B->A']),
  sourceModel: z.string(),
  targetModel: z.string(),
  sourceLayers: count.min(1),
  targetLayers: count.min(1),
  sourceRecorded: recordedSchema.exactOptional(),
  targetRecorded: recordedSchema.exactOptional(),
  samples: count,
  leftOut: z.object({ samples: count, episodes: count, reason: z.string() }).exactOptional(),
  groupBy: z.string(),
  splits: z.array(
    z.object({
      seed: z.int(),
      fold: count.exactOptional(),
      trainSamples: count,
      testSamples: count,
      testGroups: z.array(z.string()),
      trainGroups: z.array(z.string()),
    }),
  ),
});

/** What tells a result of another format. */
const formatOnly = z.object({ format: z.string() });

/** A result and what it was computed from. */
export interface StoredSynchrony<Result = SynchronyResult> {
  readonly result: Result;
  /** Hashes of the inputs by name, as the writer gave them. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Writes a result of any measure: its tensors, if it has any, as `<path>.safetensors`, and then `<path>.json`, whose
 * existence says that the result is complete. Every measure that has tensors has `r2` [splits, sourceLayers, targetLayers]
 * and `mean_r2` [sourceLayers, targetLayers], all F64; for the others see its form.
 *
 * @param path without an ending, see `synchronyPath`
 * @param inputs hashes of what the result was computed from, by name
 * @throws BadInput if it cannot be written
 */
export async function writeResult<Result extends MeasureResult>(
  { form }: Measure<unknown, Result>,
  path: string,
  result: Result,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  const { format, measure, condition, direction, sourceModel, targetModel } = result;
  const { sourceLayers, targetLayers, sourceRecorded, targetRecorded } = result;
  const { samples, leftOut, groupBy, splits } = result;
  if (form.tensorsOf) {
    const labels = { condition, direction, source_model: sourceModel, target_model: targetModel };
    const made = { measure: measure.name, measure_version: String(measure.version) };
    const metadata = { format, ...made, ...labels, ...layersMetadata(result) };
    await writeFileAtomic(`${path}.safetensors`, encodeSafetensors(form.tensorsOf(result), metadata));
  }
  await writeJson(`${path}.json`, {
    ...{
      format,
      measure,
      inputs,
      condition,
      direction,
      sourceModel,
      targetModel,
      sourceLayers,
      targetLayers,
    },
    ...(sourceRecorded && { sourceRecorded }),
    ...(targetRecorded && { targetRecorded }),
    ...{ samples, ...(leftOut && { leftOut }), groupBy },
    ...withLayerNumbers(form.extrasOf(result), form.layerKeys, result),
    splits,
  });
}

/**
 * Reads a result of a measure.
 *
 * @param path without an ending, see `synchronyPath`
 * @throws BadInput if there is none; OtherFormat if it is of another format; CorruptFile if it is
 * not one, or its two files do not belong together
 */
export async function readResult<Result extends MeasureResult>(
  { name, form }: Measure<unknown, Result>,
  path: string,
): Promise<StoredSynchrony<Result>> {
  const { measure } = await readHead(path);
  if (measure.name !== name)
    throw new CorruptFile(`${path}.json`, `it is of measure ${measure.name}, not ${name}; ${ADVICE}`);
  const { inputs, ...stored } = await readJson(`${path}.json`, z.intersection(head, form.schema), ADVICE);
  const beside = Object.entries(stored).filter(([key]) => !Object.hasOwn(head.shape, key));
  const extras = withLayerPlaces(Object.fromEntries(beside), form.layerKeys, stored);
  const tensors = tensorFile(`${path}.safetensors`);
  return { inputs, result: await form.restore({ ...stored, ...extras }, tensors) };
}

/** The ridge result at a path; see `readResult`. */
export function readSynchrony(path: string): Promise<StoredSynchrony> {
  return readResult(ridge, path);
}

/** Writes a ridge result; see `writeResult`. */
export function writeSynchrony(
  path: string,
  result: SynchronyResult,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  return writeResult(ridge, path, result, inputs);
}

/** The networks' result at a path, complete or not; see `readResult`. */
export function readNonlinear(path: string): Promise<StoredSynchrony<NonlinearResult>> {
  return readResult(networks, path);
}

/** Writes a networks' result, complete or not; see `writeResult`. */
export function writeNonlinear(
  path: string,
  result: NonlinearResult,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  return writeResult(networks, path, result, inputs);
}

/**
 * Reads a result of whatever measure made it.
 *
 * @param path without an ending, see `synchronyPath`
 * @param measures that can be read; those of the table by default
 * @throws BadInput if there is none; CorruptFile if it is not one, or of a measure that is not among these
 */
export async function readAnyResult(
  path: string,
  measures: readonly Measure[] = MEASURES,
): Promise<StoredSynchrony<MeasureResult>> {
  const { name } = (await readHead(path)).measure;
  const measure = measures.find((one) => one.name === name);
  if (measure) return readResult(measure, path);
  const known = measures.map((one) => one.name).join(', ');
  throw new CorruptFile(`${path}.json`, `it is of measure ${name}; known are ${known}; ${ADVICE}`);
}

/** The head of a result; says what is there instead if there is none. */
async function readHead(path: string): Promise<z.infer<typeof head>> {
  const old = oldPath(path);
  if (!existsSync(`${path}.json`) && existsSync(old)) {
    const { format } = await readJson(old, formatOnly, ADVICE);
    throw otherFormat(old, format);
  }
  const { format } = await readJson(`${path}.json`, formatOnly, ADVICE);
  if (format !== RESULT_FORMAT) throw otherFormat(`${path}.json`, format);
  return readJson(`${path}.json`, head, ADVICE);
}

/** Where the result lay before measures had names: `A-to-B.json`, and `A-to-B.nonlinear.json` of networks. */
function oldPath(path: string): string {
  const [name = '', direction = ''] = basename(path).split('.');
  return join(dirname(path), `${direction}${name === networks.name ? '.nonlinear' : ''}.json`);
}

function otherFormat(path: string, format: string): OtherFormat {
  const older = /^interbrain-(synchrony|nonlinear)-\d+$/.test(format) && !(format > RESULT_FORMAT);
  const advice = `it was written by ${older ? 'an older' : 'another'} interbrain: measure again, and ${ADVICE}`;
  return new OtherFormat(path, format, RESULT_FORMAT, advice);
}

function tensorFile(path: string): TensorFile {
  let opened: Promise<SafetensorsHeader> | undefined;
  const bytesOf = async (dtype: SafetensorsDtype, name: string, shape: readonly number[]) => {
    opened ??= parseSafetensorsHeader(path);
    const entry = (await opened).tensors.get(name);
    const found = entry ? `${entry.dtype} [${entry.shape.join(', ')}]` : 'missing';
    const needed = `${dtype} [${shape.join(', ')}]`;
    if (!entry || found !== needed)
      throw new CorruptFile(path, `tensor ${name} is ${found}, but ${needed} is needed; ${ADVICE}`);
    return (await readTensorBytes(path, entry)).buffer;
  };
  return {
    read: async (name, shape) => new Float64Array(await bytesOf('F64', name, shape)),
    readIntegers: async (name, shape) => new Int32Array(await bytesOf('I32', name, shape)),
  };
}
