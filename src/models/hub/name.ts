// How a model on the hub is named: org/name, or org/name@revision.

import { BadInput } from '../../errors.ts';

export interface HubName {
  /** `org/name`. */
  readonly id: string;
  /** A branch, a tag or a commit; `main` unless one was named. */
  readonly revision: string;
  /** The GGUF file that is the model, where the repository as a whole is not. */
  readonly file?: string | undefined;
  /** What of a repository is wanted: all that a model needs, by default, or only what turns chats into its tokens. */
  readonly parts?: Parts | undefined;
}

export type Parts = 'all' | 'tokenizer';

/**
 * Both parts become folders of the cache: nothing in them may lead out of it, and `--` there stands for the slash.
 */
export const HUB_NAME =
  /^(?!.*\.\.)(?![^@]*--)[A-Za-z0-9_][A-Za-z0-9._-]*\/[A-Za-z0-9_][A-Za-z0-9._-]*(?:@[A-Za-z0-9_][A-Za-z0-9._+-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._+-]*)*)?$/;

/** A GGUF file at the top of a repository. */
export const GGUF_FILE = /^[A-Za-z0-9_][\w.+-]*\.gguf$/;

export const GGUF_FILE_ADVICE =
  'should be the name of a GGUF file at the top of the repository, like model-Q8_0.gguf';

export const HUB_NAME_ADVICE =
  'should be org/name or org/name@revision, like mistralai/Mistral-7B-Instruct-v0.3 or org/name@v1.0';

/** @throws BadInput if it is not such a name, or `file` not that of a GGUF file */
export function parseHubName(name: string, file?: string, parts: Parts = 'all'): HubName {
  if (!HUB_NAME.test(name)) throw new BadInput(`hub model "${name}"`, HUB_NAME_ADVICE);
  if (file !== undefined && !GGUF_FILE.test(file)) throw new BadInput(`file "${file}"`, GGUF_FILE_ADVICE);
  const at = name.indexOf('@');
  if (at < 0) return { id: name, revision: 'main', file, parts };
  return { id: name.slice(0, at), revision: name.slice(at + 1), file, parts };
}
