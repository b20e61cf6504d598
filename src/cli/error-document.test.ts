import { expect, it } from 'vitest';
import {
  BadInput,
  CorruptFile,
  MissingDependency,
  ModelFailure,
  ModelMismatch,
  NotEnoughSamples,
  OtherFormat,
  RemoteFailure,
} from '../errors.ts';
import { errorSchema } from './documents.ts';
import { errorDocument } from './error-document.ts';
import { Interrupted } from './interrupt.ts';

it.each<[unknown, string, string | undefined, number]>([
  [new BadInput('study.yaml:3:1', 'no'), 'BadInput', 'study.yaml:3:1', 2],
  [new CorruptFile('a.json', 'no'), 'CorruptFile', 'a.json', 2],
  [new OtherFormat('a.json', 'x-1', 'x-2', 'no'), 'OtherFormat', 'a.json', 2],
  [new ModelMismatch('llama', 'no'), 'ModelMismatch', 'llama', 2],
  [new ModelFailure('llama', 'no'), 'ModelFailure', 'llama', 3],
  [new MissingDependency('vega', 'no'), 'MissingDependency', 'vega', 3],
  [new RemoteFailure('http://x', 'no'), 'RemoteFailure', 'http://x', 3],
  [new NotEnoughSamples('here', 1, 2, 'play more'), 'NotEnoughSamples', undefined, 2],
  [new Interrupted('Stopped.'), 'Interrupted', undefined, 130],
  [new RangeError('no'), 'Bug', undefined, 1],
  ['thrown', 'Bug', undefined, 1],
])('%s', (error, kind, where, exitCode) => {
  const document = errorDocument(error);
  expect(errorSchema.parse(document)).toEqual(document);
  expect(document.error).toMatchObject({ kind, exitCode });
  expect(document.error.where).toBe(where);
  expect(document.error.message).toBe(error instanceof Error ? error.message : error);
});
