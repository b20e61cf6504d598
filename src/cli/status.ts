// `interbrain status`: what of a study is there under its present settings, and what is not.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { remoteName } from '../models/sources.ts';
import { readTenants } from '../recordings/staging.ts';
import { type OpenStudy, openStudy } from '../studies/open.ts';
import { stateOf } from '../studies/state.ts';
import { againCommand } from './again.ts';
import { statusDocument, statusLines } from './status-text.ts';

interface StatusOptions {
  readonly out: string;
  readonly interactions?: number;
  readonly json?: boolean;
}

/** Models that have to be downloaded, by the study's names: what the hub calls them. */
function modelsToDownload({ sources, infos }: OpenStudy): Map<string, string> {
  const missing = new Map<string, string>();
  for (const [name, source] of sources) {
    const remote = infos.has(name) ? undefined : remoteName(source);
    if (remote !== undefined) missing.set(name, remote);
  }
  return missing;
}

/** Counts what is done under the study's present settings. */
export async function status(file: string, options: StatusOptions): Promise<void> {
  const { interactions } = options;
  const opened = await openStudy(file, options.out, { interactions });
  for (const warning of opened.warnings) process.stderr.write(`Warning: ${warning}\n`);
  const { study, run, orders } = opened;
  const page = join(run, 'report', 'index.html');
  const input = {
    ...{ study: study.name, run, orders },
    stages: await stateOf(opened),
    toDownload: modelsToDownload(opened),
    workers: await readTenants(run),
    report: existsSync(page) ? page : undefined,
    again: againCommand(file, options),
  };
  process.stdout.write(
    options.json ? `${JSON.stringify(statusDocument(input))}\n` : `${statusLines(input).join('\n')}\n`,
  );
}
