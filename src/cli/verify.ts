// `interbrain model verify`: whether a model computes what transformers computes with the same checkpoint.

import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ModelMismatch } from '../errors.ts';
import { readGolden } from '../models/golden.ts';
import { checkDevice } from '../models/onnx/devices.ts';
import { checkDtype } from '../models/onnx/dtype.ts';
import { loadModel } from '../models/sources.ts';
import { type Verification, verifyModel } from '../models/verify.ts';
import { tellQuantizing } from '../studies/preparing.ts';
import type { VerifyDocument } from './documents.ts';
import { findFolder } from './find-model.ts';
import { createQuietReader } from './json-reader.ts';
import { createTerminalReader } from './terminal-line.ts';

interface VerifyOptions {
  readonly golden?: string;
  readonly tolerance: number;
  readonly dtype: string;
  readonly device: string;
  readonly json?: boolean;
}

const SCRIPT = join(import.meta.dirname, '../../scripts/verify_model.py');
/** What the surroundings lack: the golden file. */
const NOT_YET = 3;

/** Compares with a golden file; says how to make one where there is none. */
export async function verify(model: string, options: VerifyOptions): Promise<void> {
  const { stdout, stderr } = process;
  const reader = options.json ? createQuietReader(stderr) : createTerminalReader(stderr, stderr);
  try {
    const device = await checkDevice('--device', options.device);
    const dtype = checkDtype('--dtype', options.dtype, device);
    const folder = await findFolder(model, reader);
    const path = options.golden ?? `${basename(resolve(folder))}.golden.safetensors`;
    if (!existsSync(path)) {
      (options.json ? stderr : stdout).write(howToMake(folder, path, model, options.golden !== undefined));
      process.exitCode = NOT_YET;
      return;
    }
    const golden = await readGolden(path);
    const onQuantize = tellQuantizing(reader.on, basename(folder));
    const loaded = await loadModel({ path: folder, dtype, device }, { onQuantize });
    try {
      const found = await verifyModel(loaded, golden, { tolerance: options.tolerance });
      const { transformers } = golden;
      const document = {
        ...{ model: loaded.info.id, golden: path, transformers, tolerance: options.tolerance },
        ...{
          ...found,
          layers: [...found.layers],
          prompts: [...found.prompts],
          differences: [...found.differences],
        },
      };
      if (options.json) stdout.write(`${JSON.stringify(document satisfies VerifyDocument)}\n`);
      else stdout.write(verdict(document));
      if (!found.agrees)
        throw new ModelMismatch(
          loaded.info.id,
          `it does not compute what transformers ${transformers} computes: ${found.differences.join('; ')}; do not measure with it, and report it with its config.json`,
        );
    } finally {
      await loaded.dispose();
    }
  } finally {
    reader.close();
  }
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function howToMake(folder: string, path: string, model: string, named: boolean): string {
  const again = `interbrain model verify ${quote(model)}${named ? ` --golden ${quote(path)}` : ''}`;
  return `There is no ${path} yet. It holds what transformers computes; in an environment with Python and
  pip install "torch==2.15.0" "transformers==5.23.0"
this command writes it:
  python ${quote(resolve(SCRIPT))} ${quote(resolve(folder))} ${quote(path)}
Then: ${again}
`;
}

function verdict({
  layers,
  logits,
  prompts,
  agrees,
  transformers,
  tolerance,
}: Verification & { transformers: string; tolerance: number }): string {
  const row = (label: string, value: number) =>
    `${label.padEnd(16)}${value.toExponential(1)}${value <= tolerance ? '' : '  differs'}\n`;
  const chats = prompts.map(
    ({ tokens, sameText, sameIds }, i) =>
      `${`chat ${i + 1}`.padEnd(16)}${tokens} tokens, ${sameText ? 'same text' : 'another text'}, ${sameIds ? 'same tokens' : 'other tokens'}\n`,
  );
  const states = layers.map((value, layer) => row(`layer ${layer + 1}`, value));
  const said = agrees ? `verified: as in transformers ${transformers}\n` : '';
  return `${chats.join('')}Largest relative difference\n${states.join('')}${row('logits', logits)}${said}`;
}
