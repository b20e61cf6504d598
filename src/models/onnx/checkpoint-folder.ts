// What lies in a folder instead of a checkpoint, or beside it, and what to do about it. Much that is called a model is
// in a form that we do not read: an adapter, other weight files, a tokenizer that its library has not built yet.

import { access, open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BadInput, CorruptFile, ModelMismatch } from '../../errors.ts';
import { readJsonObject } from '../json-file.ts';
import { TOKENIZER, TOKENIZER_CONFIG } from '../tokenizer-files.ts';

export const CONFIG = 'config.json';
export const SINGLE = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';
export const NEEDED = [CONFIG, TOKENIZER, TOKENIZER_CONFIG];

const LAYOUT = `a checkpoint folder holds config.json, tokenizer.json, tokenizer_config.json and ${SINGLE} (or ${INDEX} with its shards)`;
const ADAPTER = /^adapter_(config\.json|model\.(safetensors|bin))$/;

/**
 * Checks that every needed file is there, and no adapter.
 *
 * @throws BadInput if it is no folder; ModelMismatch, with what is there instead and what to do, if files are missing or
 *   an adapter lies beside them; CorruptFile for Git LFS pointers in place of files
 */
export async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new BadInput(folder, `is not a folder; ${LAYOUT}`);
  const names = await readdir(folder);
  const weights = names.includes(SINGLE) || names.includes(INDEX);
  await refuseAdapter(folder, names, weights);
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (!weights) {
    const reason = otherWeights(folder, names);
    if (reason !== undefined) throw new ModelMismatch(folder, reason);
    missing.push(SINGLE);
  }
  if (missing.includes(TOKENIZER)) {
    const reason = otherTokenizer(folder, names);
    if (reason !== undefined) throw new ModelMismatch(folder, reason);
  }
  if (missing.length > 0)
    throw new ModelMismatch(
      folder,
      `missing ${missing.join(', ')}; ${LAYOUT}. Download the missing files again`,
    );
  for (const name of NEEDED) await refusePointer(join(folder, name));
}

/** transformers applies an adapter that lies beside a checkpoint; we do not, so what we would run is another model. */
async function refuseAdapter(folder: string, names: readonly string[], weights: boolean): Promise<void> {
  const adapter = names.find((name) => ADAPTER.test(name));
  if (adapter === undefined) return;
  const config = join(folder, 'adapter_config.json');
  const settings = names.includes('adapter_config.json') ? await readJsonObject(config) : {};
  const { base_model_name_or_path: base, peft_type: type } = settings;
  const kind = typeof type === 'string' ? type : 'PEFT';
  const of = typeof base === 'string' && base !== '' ? ` of ${base}` : '';
  const merge = `merge it into its base with peft (AutoPeftModelForCausalLM.from_pretrained(FOLDER).merge_and_unload().save_pretrained(NEW), the tokenizer's files besides) and name the new folder`;
  throw new ModelMismatch(
    folder,
    weights
      ? `beside its weights lies ${adapter}, a ${kind} adapter${of}, which transformers applies and interbrain does not; ${merge}, or move the adapter's files away to run the base alone`
      : `holds a ${kind} adapter${of} (${adapter}) and no whole model; ${merge}`,
  );
}

/** Weights in a form that is not read, and what to do with them; undefined if there are none. */
function otherWeights(folder: string, names: readonly string[]): string | undefined {
  const first = (pattern: RegExp) => names.toSorted().find((name) => pattern.test(name));
  const safetensors = `write them as ${SINGLE} with transformers: python -c "from transformers import AutoModelForCausalLM as M; M.from_pretrained('${folder}', dtype='auto').save_pretrained('${folder}')"`;
  const torch = first(/^pytorch_model.*\.bin(\.index\.json)?$/) ?? first(/\.bin$/);
  if (torch !== undefined) return `its weights are in ${torch}, PyTorch's own format; ${safetensors}`;
  const gguf = first(/\.gguf$/i);
  if (gguf !== undefined)
    return `its weights are in ${gguf}, a GGUF file; name the file itself: ${join(folder, gguf)}`;
  const others: [RegExp, string][] = [
    [/^consolidated.*\.(safetensors|pth)$/, "the original authors' layout"],
    [/\.(pt|pth|ckpt)$/, "PyTorch's own format"],
    [/^tf_model.*\.h5$/, 'TensorFlow format'],
    [/^flax_model.*\.msgpack$/, 'Flax format'],
    [/\.onnx(_data)?$/, 'ONNX format'],
    [/\.npz$/, 'NumPy format, as older versions of MLX write it'],
  ];
  for (const [pattern, format] of others) {
    const name = first(pattern);
    if (name !== undefined)
      return `its weights are in ${name}, ${format}; take the checkpoint in Hugging Face layout, with ${SINGLE}`;
  }
  const shard = first(/^model-\d+-of-\d+\.safetensors$/);
  return shard === undefined
    ? undefined
    : `its weights are in ${shard} and others, but there is no ${INDEX} that says so; download it too`;
}

/** A tokenizer in a form that is not read, and what to do with it; undefined if there is none. */
function otherTokenizer(folder: string, names: readonly string[]): string | undefined {
  const build = `build ${TOKENIZER} with transformers (pip install transformers sentencepiece protobuf tiktoken): python -c "from transformers import AutoTokenizer as T; T.from_pretrained('${folder}').save_pretrained('${folder}')"`;
  const sentencePiece = names.find((name) =>
    /^(tokenizer|spiece|sentencepiece.*|.*spm)\.model(\.v\d+)?$/.test(name),
  );
  if (sentencePiece !== undefined)
    return `its tokenizer is ${sentencePiece} alone, of SentencePiece or tiktoken, and there is no ${TOKENIZER}; ${build}`;
  if (names.includes('vocab.json') && names.includes('merges.txt'))
    return `its tokenizer is vocab.json and merges.txt, and there is no ${TOKENIZER}; ${build}`;
  const other = ['tekken.json', 'vocab.txt', 'vocab.json'].find((name) => names.includes(name));
  return other === undefined
    ? undefined
    : `its tokenizer is ${other} alone, and there is no ${TOKENIZER}; ${build}`;
}

const POINTER = 'version https://git-lfs.github.com/spec/';

/** Throws CorruptFile if a file is a Git LFS pointer: what a clone without LFS has in place of large files. */
export async function refusePointer(path: string): Promise<void> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return;
  try {
    const bytes = Buffer.alloc(POINTER.length);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0).catch(() => ({ bytesRead: 0 }));
    if (bytes.toString('latin1', 0, bytesRead) !== POINTER) return;
  } finally {
    await file.close();
  }
  throw new CorruptFile(
    path,
    `is a Git LFS pointer, not ${basename(path)} itself; run \`git lfs pull\` in its folder, or download the file`,
  );
}

/** The paths that exist, in the order given. */
export async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_, i) => found[i]);
}
