// How a model on the hub is named: org/name, or org/name@revision.

import { BadInput } from '../../errors.ts';

export interface HubName {
  /** `org/name`. */
  readonly id: string;
  /** A branch, a tag or a commit; `main` unless one was named. */
  readonly revision: string;
}

/**
 * Both parts become folders of the cache: nothing in them may lead out of it, and `--` there stands for the slash.
 */
export const HUB_NAME =
  /^(?!.*\.\.)(?![^@]*--)[A-Za-z0-9_][A-Za-z0-9._-]*\/[A-Za-z0-9_][A-Za-z0-9._-]*(?:@[A-Za-z0-9_][A-Za-z0-9._+-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._+-]*)*)?$/;

export const HUB_NAME_ADVICE =
  'should be org/name or org/name@revision, like mistralai/Mistral-7B-Instruct-v0.3 or org/name@v1.0';

/** @throws BadInput if it is not such a name */
export function parseHubName(name: string): HubName {
  if (!HUB_NAME.test(name)) throw new BadInput(`hub model "${name}"`, HUB_NAME_ADVICE);
  const at = name.indexOf('@');
  return at < 0 ? { id: name, revision: 'main' } : { id: name.slice(0, at), revision: name.slice(at + 1) };
}
