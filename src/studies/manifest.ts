// What a run was made with: enough to trace every number on its page, and nothing that differs between two runs of
// the same study on the same machine, so that an interrupted run ends with the same bytes.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { BadInput } from '../errors.ts';
import { CAPABILITIES } from '../models/capabilities.ts';
import type { ModelInfo } from '../models/language-model.ts';
import { STYLES } from '../prompts/style-names.ts';
import { checkWords } from '../prompts/styles.ts';
import { jsonFile } from '../recordings/result-file.ts';
import { scenarioSet } from '../scenarios/schema.ts';
import { judgeKey, studySchema } from './schema.ts';

const modelInfo = z.object({
  id: z.string(),
  revision: z.string(),
  commit: z.string().optional(),
  architecture: z.string(),
  layers: z.number(),
  hiddenSize: z.number(),
  vocabSize: z.number(),
  contextLength: z.number(),
  parameters: z.number(),
  dtype: z.string(),
  dtypeVersion: z.number().optional(),
  device: z.string().optional(),
  toy: z.boolean(),
  // Manifests from before it was said are of models that can do all of it.
  capabilities: z
    .array(z.enum(CAPABILITIES))
    .readonly()
    .default([...CAPABILITIES]),
  notes: z.array(z.string()).readonly().exactOptional(),
}) satisfies z.ZodType<ModelInfo>;

const namedPrompts = z.object({ style: z.enum(STYLES), wording: z.string(), sha256: z.string() });

const prompts = namedPrompts
  .extend({
    words: z.record(z.string(), z.unknown()),
    /** By the study's name of the model. */
    own: z.record(z.string(), namedPrompts),
  })
  .superRefine(({ style, words }, context) => {
    const result = checkWords(style, words);
    const issues = 'issues' in result ? result.issues : [];
    for (const { path, message } of issues)
      context.addIssue({ code: 'custom', path: ['words', ...path], message });
  });

const FORMAT = 'interbrain-run-2';

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  versions: z.object({ interbrain: z.string(), node: z.string(), onnxruntime: z.string() }),
  machine: z.object({ cpu: z.string(), cores: z.number(), memoryGiB: z.number(), platform: z.string() }),
  study: studySchema,
  /** Who judged the run by hand since, in place of the study's own judge. */
  judge: judgeKey.exactOptional(),
  models: z.record(z.string(), modelInfo),
  /** The words of the study, and which models keep words of their own. Manifests from before there was a choice lack it. */
  prompts: prompts.exactOptional(),
  /** The characters, scenarios and interactions that were chosen to be played. */
  scenarios: scenarioSet,
});
export type Manifest = z.infer<typeof manifestSchema>;

interface PackageFile {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Interbrain's own package.json. */
export function packageFile(): PackageFile {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageFile;
}

export function createManifest(
  parts: Pick<Manifest, 'study' | 'models' | 'scenarios' | 'judge' | 'prompts'>,
): Manifest {
  const { version, dependencies } = packageFile();
  const processors = cpus();
  return {
    format: FORMAT,
    versions: {
      interbrain: version,
      node: process.versions.node,
      onnxruntime: dependencies['onnxruntime-node'] ?? 'unknown',
    },
    machine: {
      cpu: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
    },
    ...parts,
  };
}

const pathIn = (run: string) => join(run, 'manifest.json');

const manifestFile = jsonFile<Manifest>({
  format: FORMAT,
  schema: manifestSchema,
  advice: 'delete it and run the study again: what is recorded stays',
});

/**
 * Writes the manifest of a run.
 *
 * @throws BadInput if it cannot be written
 */
export function writeManifest(run: string, manifest: Manifest): Promise<void> {
  return manifestFile.write(pathIn(run), manifest);
}

/**
 * Reads the manifest of a run.
 *
 * @throws BadInput if the folder holds no run; OtherFormat if another version of interbrain made the run; CorruptFile
 * if its manifest is damaged
 */
export async function readManifest(run: string): Promise<Manifest> {
  if (!existsSync(pathIn(run))) throw noRun(run);
  return manifestFile.read(pathIn(run));
}

/** Names the runs in a folder that was taken for one. */
function noRun(folder: string): BadInput {
  const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  const inside = names.filter((name) => existsSync(pathIn(join(folder, name)))).sort();
  const hint = inside.length > 0 ? `; runs in it are ${inside.join(', ')}` : '';
  const what = existsSync(folder) ? 'is no run’s folder, which has a manifest.json' : 'is not there';
  return new BadInput(folder, `${what}${hint}; name one like runs/first-study`);
}
