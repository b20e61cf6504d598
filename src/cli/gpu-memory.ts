// What can be known of the machine's graphics cards and their memory.

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface GraphicsCard {
  readonly name: string;
  /** Bytes; absent if nobody says. */
  readonly memory?: number;
  /** Bytes of it that are free. */
  readonly free?: number;
}

const MIB = 2 ** 20;

/** Lines of `name, memory in MiB, free memory in MiB`, as nvidia-smi prints them. */
export function parseNvidia(text: string): GraphicsCard[] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((part) => part.trim()))
    .flatMap(([name = '', memory, free, ...more]) => {
      if (name === '' || free === undefined || more.length > 0) return [];
      return {
        name,
        ...(Number(memory) > 0 && { memory: Number(memory) * MIB }),
        ...(Number(free) > 0 && { free: Number(free) * MIB }),
      };
    });
}

async function nvidiaCards(): Promise<GraphicsCard[]> {
  const query = ['--query-gpu=name,memory.total,memory.free', '--format=csv,noheader,nounits'];
  try {
    return parseNvidia((await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 })).stdout);
  } catch {
    return [];
  }
}

/** AMD's cards on Linux, whose driver says in a file what memory they have. */
export async function amdCards(folder = '/sys/class/drm'): Promise<GraphicsCard[]> {
  const number = async (card: string, what: string) =>
    Number(await readFile(join(folder, card, 'device', what), 'utf8').catch(() => 'NaN'));
  const names = await readdir(folder).catch(() => []);
  const cards: GraphicsCard[] = [];
  for (const card of names.filter((name) => /^card\d+$/.test(name)).sort()) {
    const memory = await number(card, 'mem_info_vram_total');
    const used = await number(card, 'mem_info_vram_used');
    if (memory > 0)
      cards.push({ name: `AMD ${card}`, memory, ...(Number.isFinite(used) && { free: memory - used }) });
  }
  return cards;
}

/** The cards that say what they are; others, such as those that share the main memory, are not listed. */
export async function graphicsCards(): Promise<GraphicsCard[]> {
  return [...(await nvidiaCards()), ...(await amdCards())];
}
