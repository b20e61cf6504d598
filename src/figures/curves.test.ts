// Figures along something that was varied can be drawn, whatever their axis; Vega-Lite's warnings are errors.

import { describe, expect, it } from 'vitest';
import { sampleSynchrony } from '../../test/sample-synchrony.ts';
import { conditionMaps } from './condition-maps.ts';
import { correlationCurves } from './correlation-curves.ts';
import { curves } from './curves.ts';
import { renderSvg } from './render.ts';

const words = { title: 'A title', notes: ['a note'] };
const points = [1, 10, 100].map((x) => ({ x, value: 0.1 * x ** 0.1, error: 0.01 }));

describe('curves', () => {
  it.each([true, false])('are drawn with log: %s, their ticks as they are written', async (log) => {
    const svg = await renderSvg(
      curves([{ name: 'pair', points }], { title: 'n', log, values: [1, 10, 100] }, words),
    );
    for (const tick of ['1', '10', '100']) expect(svg).toContain(`>${tick}</text>`);
    expect(svg).not.toContain('>1.0</text>');
  });

  it('have a logarithmic axis of values with a tick for each power of ten', async () => {
    const wide = [1, 10].map((x) => ({ x, value: 20 * x ** 2, error: null }));
    const axis = { title: 'D', log: true, y: 'seconds', logY: true };
    const svg = await renderSvg(curves([{ name: 'a program', points: wide }], axis, words));
    for (const tick of ['100', '1000']) expect(svg).toContain(`>${tick}</text>`);
    expect(svg).not.toContain('>200</text>');
  });

  it('have a point apart', async () => {
    const apart = [{ x: 30, value: 0.2, error: 0 }];
    const svg = await renderSvg(curves([{ name: 'pair', points, apart }], { title: 'λ', log: true }, words));
    expect(svg).toContain('A title');
  });
});

describe('correlationCurves', () => {
  it('draws groups with and without intervals, significant or not', async () => {
    const svg = await renderSvg(
      correlationCurves(
        [
          { name: 'all, n = 21', x: 1, r: 0.5, p: 0.01, interval: [0.1, 0.8] },
          { name: 'all, n = 21', x: 2, r: 0.4, p: 0.2, interval: [-0.1, 0.7] },
          { name: 'few, n = 3', x: 1, r: -0.5, p: Number.NaN, interval: null },
        ],
        words,
      ),
    );
    expect(svg).toContain('all, n = 21');
    expect(svg).toContain('few, n = 3');
  });
});

describe('conditionMaps', () => {
  it('draws one map per condition, with SyncR² and one legend', async () => {
    const result = sampleSynchrony();
    const svg = await renderSvg(
      conditionMaps(
        ['interactive', 'passive', 'lag-1', 'pseudo-dyad', 'shuffled'].map((condition) => ({
          ...result,
          condition,
        })),
        words,
      ),
    );
    for (const name of ['interactive', 'passive', 'lag-1', 'pseudo-dyad', 'shuffled'])
      expect(svg).toContain(`>${name}</text>`);
    expect(svg.split('test R²').length - 1).toBeLessThanOrEqual(2);
  });
});
