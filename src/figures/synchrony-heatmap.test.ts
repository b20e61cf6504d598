import { describe, expect, it } from 'vitest';
import { sampleSynchrony } from '../../test/sample-synchrony.ts';
import { BadInput } from '../errors.ts';
import { renderSvg } from './render.ts';
import {
  heatmapCells,
  heatmapLabel,
  NEGATIVE_COLOUR,
  sharedDomain,
  synchronyHeatmap,
} from './synchrony-heatmap.ts';

/** Rectangles of the SVG by paint: `fill="#c9c9c9"` and so on, with their places. */
function paths(svg: string, attribute: string): readonly string[] {
  return [...svg.matchAll(/<path [^>]*>/g)].map(([tag]) => tag).filter((tag) => tag.includes(attribute));
}

describe('synchronyHeatmap', () => {
  it('boxes the best target of each source layer and no other cell', async () => {
    const result = sampleSynchrony({ layers: [6, 4] });
    const boxed = heatmapCells(result).filter((cell) => cell.best);
    expect(boxed.map((cell) => cell.source)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(boxed.map((cell) => cell.target - 1)).toEqual(result.syncR2.bestTarget);
    for (const cell of boxed) {
      const row = heatmapCells(result).filter((other) => other.source === cell.source);
      expect(cell.r2).toBe(Math.max(...row.map((other) => other.r2)));
    }
    const svg = await renderSvg(synchronyHeatmap(result));
    const boxes = paths(svg, 'stroke="#000000"');
    expect(boxes).toHaveLength(6);
    for (const box of boxes) expect(box).not.toMatch(/fill="(?!none|transparent)/);
  });

  it('paints negative cells gray and every other cell in colour', async () => {
    const result = sampleSynchrony({ layers: [6, 6] });
    const negative = result.meanR2.filter((r2) => r2 < 0).length;
    expect(negative).toBeGreaterThan(0);
    const svg = await renderSvg(synchronyHeatmap(result));
    expect(paths(svg, `fill="${NEGATIVE_COLOUR}"`)).toHaveLength(negative);
    expect(paths(svg, 'fill="rgb(')).toHaveLength(36 - negative);
  });

  it('puts source layers along x and the highest target layer on top', async () => {
    const result = sampleSynchrony({ layers: [3, 2] });
    const meanR2 = Float64Array.from([-1, -1, -1, -1, -1, 0.5]); // source 3, target 2
    const svg = await renderSvg(synchronyHeatmap({ ...result, meanR2 }));
    const [coloured] = paths(svg, 'fill="rgb(');
    expect(coloured).toMatch(/d="M88,0h44v44h-44Z"/);
  });

  it('shares one colour scale between maps that are looked at together', async () => {
    const strong = sampleSynchrony({ height: 0.62 });
    const weak = sampleSynchrony({ height: 0.2, direction: 'B->A' });
    const domain = sharedDomain([strong, weak]);
    expect(domain).toEqual([0, 0.65]);
    const colour = async (result: typeof strong, r2: number): Promise<string | undefined> => {
      const meanR2 = Float64Array.from(result.meanR2).fill(-1).fill(r2, 0, 1);
      const svg = await renderSvg(synchronyHeatmap({ ...result, meanR2 }, { domain }));
      return /fill="(rgb\([^"]*)"/.exec(svg)?.[1];
    };
    expect(await colour(strong, 0.3)).toBe(await colour(weak, 0.3));
    expect(await colour(strong, 0.3)).not.toBe(await colour(weak, 0.6));
  });

  it('chooses a scale for small and for absent synchrony', () => {
    const with2 = (meanR2: number[]) => ({
      ...sampleSynchrony({ layers: [1, 2] }),
      meanR2: Float64Array.from(meanR2),
    });
    expect(sharedDomain([with2([-3, -0.1])])).toEqual([0, 0.1]);
    expect(sharedDomain([with2([0.051, -1])])).toEqual([0, 0.06]);
    expect(sharedDomain([with2([0.3, -1])])).toEqual([0, 0.3]);
  });

  it('prints values in small maps alone', async () => {
    const small = await renderSvg(synchronyHeatmap(sampleSynchrony({ layers: [12, 12] })));
    const large = await renderSvg(synchronyHeatmap(sampleSynchrony({ layers: [32, 28] })));
    expect(small).toMatch(/>0\.\d\d</);
    expect(small).toMatch(/>−0\.\d\d</);
    expect(large).not.toMatch(/>−?0\.\d\d</);
    expect(large).toMatch(/d="M0,0h12v12h-12Z"/);
  });

  it('keeps the sign of a gray cell and the width of a hugely negative one', () => {
    const result = {
      ...sampleSynchrony({ layers: [1, 3] }),
      meanR2: Float64Array.from([-0.001, -98107, 0.001]),
    };
    expect(heatmapCells(result).map((cell) => cell.text)).toEqual(['−0.00', '<−9', '0.00']);
  });

  it('says where the numbers come from', async () => {
    const svg = await renderSvg(synchronyHeatmap(sampleSynchrony({ direction: 'B->A' })));
    for (const part of [
      'small-llama (B) → small-mistral (A)',
      '± 0.004 (published standard error over 3 split seeds)',
      'n = 1500 (1200 train + 300 test)',
      'split seeds 0, 1, 2',
      'λ = 0.1',
      'groups by interaction',
      'condition interactive',
    ]) {
      expect(svg).toContain(part);
    }
    expect(svg).not.toContain('Toy');
  });

  it('labels toys, and a single split seed as one without an error', async () => {
    const result = sampleSynchrony({ seeds: [5] });
    const svg = await renderSvg(synchronyHeatmap(result, { toy: true }));
    expect(svg).toContain('>Toy models: the numbers test the instrument<');
    expect(svg).toContain('one split seed, so no error is known');
    expect(svg).not.toContain('±');
    expect(heatmapLabel(result, true)).toContain('Toy models');
  });

  it('refuses R² that is missing or not a number', () => {
    const result = sampleSynchrony({ layers: [2, 2] });
    const broken = Float64Array.from([0, 0.1, Number.NaN, 0.2]);
    expect(() => synchronyHeatmap({ ...result, meanR2: broken })).toThrow(/layers 2 → 1 is NaN/);
    expect(() => synchronyHeatmap({ ...result, meanR2: broken.subarray(0, 3) })).toThrow(BadInput);
  });
});
