// What a run says of itself, written before anything is made: the study as it was given, and the manifest.

import { join } from 'node:path';
import { BadInput, OtherFormat } from '../errors.ts';
import type { Prompts } from '../prompts/prompts.ts';
import { writeFileAtomic } from '../recordings/atomic-file.ts';
import { createManifest, type Manifest, readManifest, writeManifest } from './manifest.ts';
import type { OpenStudy } from './open.ts';

/** The manifest of an earlier run of the study; undefined if there was none. */
async function earlier(run: string): Promise<Manifest | undefined> {
  try {
    return await readManifest(run);
  } catch (error) {
    if (error instanceof BadInput) return undefined;
    // Its episodes, states and judgements are as they are now; what was measured of them is made anew beside the old.
    if (error instanceof OtherFormat && error.found === 'interbrain-run-1') return undefined;
    throw error;
  }
}

/** The words that its models are given, as the manifest has them. */
function promptsData(opened: OpenStudy): NonNullable<Manifest['prompts']> {
  const named = ({ style, wording, sha256 }: Prompts) => ({ style, wording, sha256 });
  const names = [...opened.sources.keys()];
  const own = names.flatMap((name) => {
    const prompts = opened.ownPrompts(name);
    return prompts ? [[name, named(prompts)] as const] : [];
  });
  return { ...named(opened.prompts), words: opened.prompts.words, own: Object.fromEntries(own) };
}

/**
 * Writes `study.yaml` and `manifest.json`. A study that was opened from its run has them.
 *
 * @throws OtherFormat or CorruptFile if the folder holds a run that this version cannot go on with
 */
export async function writeStudyFiles(opened: OpenStudy): Promise<void> {
  const { run, study, scenarios, infos, source } = opened.parts;
  const before = await earlier(run);
  if (source === undefined) return;
  await writeFileAtomic(join(run, 'study.yaml'), source.text);
  const { judge } = before ?? {};
  const kept = study.judge === false && judge !== undefined ? { judge } : {};
  const models = Object.fromEntries(infos);
  await writeManifest(
    run,
    createManifest({ study, scenarios, models, prompts: promptsData(opened), ...kept }),
  );
}
