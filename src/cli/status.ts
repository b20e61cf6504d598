// `interbrain status`: what of a study is there under its present settings, and what is not.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelRevisions, type OpenStudy, openStudy } from '../studies/open.ts';
import { stateOf } from '../studies/state.ts';
import { againCommand } from './again.ts';
import { statusDocument, statusLines } from './status-text.ts';

interface StatusOptions {
  readonly out: string;
  readonly interactions?: number;
  readonly json?: boolean;
}

/** Hub models that are not in the cache, by the study's names. */
async function modelsToDownload(opened: OpenStudy): Promise<Map<string, string>> {
  const known = await modelRevisions(opened);
  const missing = new Map<string, string>();
  for (const [name, place] of opened.checkpoints)
    if (!known.has(name) && 'hub' in place) missing.set(name, place.hub);
  return missing;
}

/** Counts what is done under the study's present settings. */
export async function status(file: string, options: StatusOptions): Promise<void> {
  const opened = await openStudy(file, options.out, options);
  const { study, run, orders } = opened;
  const page = join(run, 'report', 'index.html');
  const input = {
    ...{ study: study.name, run, orders },
    stages: await stateOf(opened),
    toDownload: await modelsToDownload(opened),
    report: existsSync(page) ? page : undefined,
    again: againCommand(file, options),
  };
  process.stdout.write(
    options.json ? `${JSON.stringify(statusDocument(input))}\n` : `${statusLines(input).join('\n')}\n`,
  );
}
