// The scripted model as a source: for programs and tests alone, so no study file can name it.

import type { SourceKind } from '../source-kind.ts';
import { createScriptedModel, describeScripted, type ScriptedOptions } from './model.ts';

export interface ScriptedSource {
  readonly scripted: ScriptedOptions;
}

export const SCRIPTED: SourceKind<never, ScriptedSource> = {
  name: 'scripted',
  entries: [],
  forms: [],
  resolve: (entry) => entry,
  owns: (source): source is ScriptedSource => 'scripted' in source,
  use: ({ scripted }) => ({
    describe: async () => describeScripted(scripted),
    check: async () => {},
    download: async () => {},
    load: async () => createScriptedModel(scripted),
    prompts: undefined,
    warnings: [],
    distortion: undefined,
    remote: undefined,
    served: false,
  }),
};
