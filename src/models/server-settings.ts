// What study files say of the servers of models, and the keys to them.

import { z } from 'zod';
import { BadInput } from '../errors.ts';

/** The address of an API. */
export const serverUrl = z.url({
  protocol: /^https?$/,
  error: 'should be an address, like http://localhost:8000/v1',
});

export const apiKeyEnv = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'should be the name of an environment variable, not the key itself')
  .optional()
  .describe('environment variable that holds the API key');

/**
 * The key of a server.
 *
 * @param variable that holds it; undefined for a server that wants none
 * @param where the key of the study file that names the variable
 * @throws BadInput if it is not there
 */
export function serverKey(
  variable: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  where = 'apiKeyEnv',
): string | undefined {
  if (variable === undefined) return undefined;
  const key = environment[variable]?.trim();
  if (!key)
    throw new BadInput(
      where,
      `the environment variable ${variable} is ${key === undefined ? 'not set' : 'empty'}; put the API key into it`,
    );
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new BadInput(where, `what ${variable} holds is no API key: it has spaces or odd characters`);
  return key;
}
