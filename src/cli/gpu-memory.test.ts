import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { amdCards, parseNvidia } from './gpu-memory.ts';

it('reads what nvidia-smi prints', () => {
  expect(parseNvidia('NVIDIA H100 80GB HBM3, 81559, 80995\nGT 710, [N/A], [N/A]\n\n')).toEqual([
    { name: 'NVIDIA H100 80GB HBM3', memory: 81559 * 2 ** 20, free: 80995 * 2 ** 20 },
    { name: 'GT 710' },
  ]);
  expect(parseNvidia('NVIDIA-SMI has failed')).toEqual([]);
});

it('reads what AMD’s driver says, and nothing where there is none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drm-'));
  for (const card of ['card0', 'card1', 'card1-HDMI-A-1'])
    await mkdir(join(folder, card, 'device'), { recursive: true });
  await writeFile(join(folder, 'card1/device/mem_info_vram_total'), '8589934592\n');
  await writeFile(join(folder, 'card1/device/mem_info_vram_used'), '1073741824\n');
  expect(await amdCards(folder)).toEqual([{ name: 'AMD card1', memory: 8 * 2 ** 30, free: 7 * 2 ** 30 }]);
  expect(await amdCards(join(folder, 'none'))).toEqual([]);
  await rm(folder, { recursive: true });
});
