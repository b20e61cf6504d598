// The environment variables that every Hugging Face tool obeys, read as Python's huggingface_hub reads them.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BadInput } from '../../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** The folder of the cache: `~/.cache/huggingface/hub` unless HF_HUB_CACHE, HF_HOME or XDG_CACHE_HOME say otherwise. */
  readonly cache: string;
  /** Address of the hub or of a mirror, without a slash at the end. */
  readonly endpoint: string;
  /** From HF_TOKEN, or from the file in which `hf auth login` keeps it. */
  readonly token: string | undefined;
  /** HF_HUB_OFFLINE: nothing is asked over the network. */
  readonly offline: boolean;
  /** HF_HUB_DOWNLOAD_TIMEOUT: a server that says nothing for this long is given up. Milliseconds; a minute by default. */
  readonly silence: number;
}

const isTrue = (value: string | undefined) => /^(1|on|yes|true)$/i.test(value ?? '');
const expandHome = (path: string) => path.replace(/^~(?=$|[\\/])/, homedir());

/** @throws BadInput if HF_ENDPOINT is no address, or a token holds what no header can carry */
export async function readHubSettings(env: Environment): Promise<HubSettings> {
  const caches = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const home = expandHome(env['HF_HOME'] || join(caches, 'huggingface'));
  const cache = expandHome(env['HF_HUB_CACHE'] || env['HUGGINGFACE_HUB_CACHE'] || join(home, 'hub'));
  const tokenFile = expandHome(env['HF_TOKEN_PATH'] || join(home, 'token'));
  const token = env['HF_TOKEN'] || env['HUGGING_FACE_HUB_TOKEN'] || (await readIfThere(tokenFile));
  return {
    cache,
    endpoint: checkEndpoint(env['HF_ENDPOINT'] || 'https://huggingface.co'),
    token: checkToken(token),
    offline: isTrue(env['HF_HUB_OFFLINE']) || isTrue(env['TRANSFORMERS_OFFLINE']),
    silence: 1000 * checkSeconds(env['HF_HUB_DOWNLOAD_TIMEOUT'] || '60'),
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

function checkEndpoint(endpoint: string): string {
  if (URL.canParse(endpoint) && /^https?:/.test(endpoint)) return endpoint.replace(/\/+$/, '');
  throw new BadInput(
    'HF_ENDPOINT',
    `"${endpoint}" is not an address; give one like https://huggingface.co, or unset it`,
  );
}

function checkSeconds(text: string): number {
  const seconds = Number(text);
  // Longer than 2³¹ ms is more than a timer can hold.
  if (seconds > 0) return Math.min(seconds, 2_000_000);
  throw new BadInput(
    'HF_HUB_DOWNLOAD_TIMEOUT',
    `"${text}" is not a number of seconds above 0; unset it for 60`,
  );
}

function checkToken(token: string | undefined): string | undefined {
  const trimmed = token?.trim() || undefined;
  if (trimmed === undefined || /^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  // The token itself is a secret and stays out of the message.
  throw new BadInput(
    'HF_TOKEN',
    'the token holds spaces or characters that no token has; copy it again from the hub',
  );
}
