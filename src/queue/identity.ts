// What has to be the same where a run is planned and where its results are made.

import { hashOf } from '../studies/context.ts';
import { packageFile } from '../studies/manifest.ts';
import type { OpenStudy } from '../studies/open.ts';
import { STAGES } from '../studies/stages.ts';

/** Versions and hashes by what they are of. */
export type Identity = Readonly<Record<string, string>>;

/** What the program is. */
function programIdentity(): Identity {
  const { version, dependencies } = packageFile();
  return {
    interbrain: version,
    'ONNX Runtime': dependencies['onnxruntime-node'] ?? 'unknown',
    'the versions of the stages': hashOf(STAGES.map((stage) => [stage.name, stage.version])),
  };
}

/** What a study and its models are, and the program that opened it. */
export function identityOf({ study, scenarios, prompts, infos }: OpenStudy): Identity {
  const models = [...infos].map(([name, { revision, dtype, device }]) => {
    return [`models.${name}`, hashOf([revision, dtype, device ?? 'cpu'])] as const;
  });
  return {
    ...programIdentity(),
    'the study': hashOf(study),
    'its scenarios': hashOf(scenarios),
    'its prompts': prompts.sha256,
    ...Object.fromEntries(models),
  };
}

/** What is not the same, with both versions where these say something to people. */
export function differences(own: Identity, run: Identity): string[] {
  const names = new Set([...Object.keys(run), ...Object.keys(own)]);
  return [...names].flatMap((name) => {
    const [here, there] = [own[name] ?? 'none', run[name] ?? 'none'];
    if (here === there) return [];
    const hashed = /^[0-9a-f]{64}$/.test(here) || /^[0-9a-f]{64}$/.test(there);
    return [hashed ? `${name} is not the same` : `${name} is ${here} here and ${there} there`];
  });
}
