import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CorruptFile } from '../errors.ts';
import { fontPath, readFontMetrics, textWidth } from './font.ts';

describe('textWidth', () => {
  it("gives Helvetica's advance widths, in thousandths of an em", () => {
    // Adobe's Helvetica.afm: H 722, e 556, l 222, o 556; bold H 722, e 556, l 278, o 611. Units of 1/2048 em.
    expect(textWidth('Hello', 1000)).toBeCloseTo(722 + 556 + 222 + 222 + 556, -1);
    expect(textWidth('Hello', 1000, 'bold')).toBeCloseTo(722 + 556 + 278 + 278 + 611, -1);
    expect(textWidth('', 11)).toBe(0);
  });

  it('has the signs that figures use, and a box for others', () => {
    const metrics = readFontMetrics(fontPath('regular'));
    const missing = metrics.advance(0x10ffff);
    for (const sign of 'λ±−→²·') expect(metrics.advance(sign.codePointAt(0) ?? 0), sign).not.toBe(missing);
    expect(textWidth('😀', 10)).toBeCloseTo((missing * 10) / metrics.unitsPerEm);
  });

  it('refuses a file that is no font', () => {
    const path = join(tmpdir(), `interbrain-no-font-${process.pid}.ttf`);
    writeFileSync(path, Buffer.alloc(64));
    expect(() => readFontMetrics(path)).toThrow(CorruptFile);
  });
});
