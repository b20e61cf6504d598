import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { sampleSynchrony } from '../../test/sample-synchrony.ts';
import { BadInput } from '../errors.ts';
import { bestTarget, bestTargetRows } from './best-target.ts';
import { fluidSvg, renderPng, renderSvg } from './render.ts';
import { type FigureSpec, figure } from './spec.ts';
import { synchronyHeatmap } from './synchrony-heatmap.ts';

const spec = (): FigureSpec => synchronyHeatmap(sampleSynchrony({ layers: [6, 6] }));

/** Width and height in the header of a PNG. */
function pngSize(png: Uint8Array): readonly [number, number] {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

/** How many pixels of a PNG's top rows are dark. */
function darkPixels(png: Uint8Array, rows: number): number {
  const [width, height] = pngSize(png);
  const data = Buffer.from(png).toString('base64');
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<image width="${width}" height="${height}" href="data:image/png;base64,${data}"/></svg>`;
  const { pixels } = new Resvg(svg).render();
  let dark = 0;
  for (let i = 0; i < rows * width * 4; i += 4) if ((pixels[i] ?? 255) < 80) dark++;
  return dark;
}

describe('renderSvg', () => {
  it('gives the same bytes for the same input, whatever was drawn before', async () => {
    const first = await renderSvg(spec());
    await renderSvg(bestTarget([sampleSynchrony()]));
    const [second, third] = await Promise.all([renderSvg(spec()), renderSvg(spec())]);
    expect(second).toBe(first);
    expect(third).toBe(first);
  });

  it('keeps the ids of two figures in one page apart', async () => {
    const ids = (svg: string): string[] => [...svg.matchAll(/ id="([^"]+)"/g)].map((match) => match[1] ?? '');
    const one = await renderSvg(spec(), { idPrefix: 'one' });
    const two = await renderSvg(spec(), { idPrefix: 'two' });
    expect(ids(one).length).toBeGreaterThan(0);
    expect(ids(one).filter((id) => ids(two).includes(id))).toEqual([]);
    for (const [, used] of one.matchAll(/url\(#([^)]+)\)/g)) expect(ids(one)).toContain(used);
  });

  it('names fonts of equal widths for browsers and describes itself', async () => {
    const svg = await renderSvg(spec());
    expect(svg).toContain('font-family="Arimo, \'Liberation Sans\', Arial, Helvetica, sans-serif"');
    expect(svg).toMatch(
      /^<svg role="img" aria-label="Heatmap of test R², small-llama \(A\) → small-mistral \(B\)/,
    );
    expect(svg).not.toMatch(/(href|src)="/);
  });

  it('escapes names', async () => {
    const result = sampleSynchrony({ models: ['<script>alert(1)</script>', 'a"b&c'] });
    const svg = await renderSvg(synchronyHeatmap(result));
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(svg).toContain('a&quot;b&amp;c');
  });

  it('is wide enough for its title by the width of the font', async () => {
    const result = sampleSynchrony({ layers: [2, 2], models: ['W'.repeat(30), 'M'.repeat(30)] });
    const svg = await renderSvg(synchronyHeatmap(result));
    const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
    // Thirty bold W of 0.944 em at 14 px.
    expect(width).toBeGreaterThan(30 * 0.944 * 14);
    expect(width).toBeLessThan(30 * 0.944 * 14 + 60);
  });

  it('does not draw a spec that the compiler warns about', async () => {
    const parts = { description: '', title: { text: '' } };
    const wrong = figure({ ...parts, data: { values: [] }, mark: { type: 'bar' }, encoding: { x: {} } });
    await expect(renderSvg(wrong)).rejects.toThrow(BadInput);
  });
});

describe('renderPng', () => {
  it('draws a PNG of twice the size of the SVG', async () => {
    const svg = await renderSvg(spec());
    const png = await renderPng(svg);
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const size = [/ width="(\d+)"/, / height="(\d+)"/].map((part) => 2 * Number(part.exec(svg)?.[1]));
    expect(pngSize(png)).toEqual(size);
    expect(await renderPng(svg)).toEqual(png);
  });

  it('draws the text with the shipped font', async () => {
    const svg = await renderSvg(spec());
    const titleRows = 40;
    expect(darkPixels(await renderPng(svg), titleRows)).toBeGreaterThan(800);
    expect(darkPixels(await renderPng(svg, { fontFiles: [] }), titleRows)).toBe(0);
  });
});

describe('fluidSvg', () => {
  it('fits the figure into a column without enlarging it', async () => {
    const svg = await renderSvg(spec());
    const width = / width="(\d+)"/.exec(svg)?.[1];
    const fluid = fluidSvg(svg);
    const tag = fluid.slice(0, fluid.indexOf('>'));
    expect(tag).toContain(`style="width:100%;height:auto;max-width:${width}px"`);
    expect(tag).not.toMatch(/ (width|height)="/);
    expect(tag).toContain(' viewBox="');
  });
});

describe('bestTarget', () => {
  it('has a row for each direction, source layer and split seed, at the boxed cell', () => {
    const result = sampleSynchrony({ layers: [6, 4] });
    const rows = bestTargetRows([result, sampleSynchrony({ layers: [4, 6], direction: 'B->A' })]);
    expect(rows).toHaveLength(3 * (6 + 4));
    const [first] = rows;
    const cell = result.syncR2.bestTarget[0] ?? -1;
    expect(first).toMatchObject({ source: 1, target: cell + 1, seed: 0 });
    expect(first?.r2).toBe(result.r2[0]?.[cell]);
    expect(first?.mean).toBe(result.meanR2[cell]);
  });

  it('says what the line is and that the target was chosen on the test rows', async () => {
    const svg = await renderSvg(
      bestTarget([sampleSynchrony(), sampleSynchrony({ direction: 'B->A' })], true),
    );
    expect(svg).toContain('line: mean over split seeds at the best target; dots: single split seeds');
    expect(svg).toContain('the target is chosen on the test rows, which favours high values');
    expect(svg).toContain('Toy models');
    expect(svg).toContain('n = 1500 (1200 train + 300 test)');
  });

  it('tells the samples of each direction where they differ', async () => {
    const fewer = { ...sampleSynchrony({ direction: 'B->A' }), samples: 1300 };
    const svg = await renderSvg(bestTarget([sampleSynchrony(), fewer]));
    expect(svg).toMatch(/A → B: condition interactive, n = 1500/);
    expect(svg).toMatch(/B → A: condition interactive, n = 1300/);
  });
});
