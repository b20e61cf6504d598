import { expect, it } from 'vitest';
import { createProgressPrinter, downloadProgress, duration, progressLine } from './progress.ts';

it('says durations as people do', () => {
  expect([0.4, 59.4, 75, 3599, 3700].map(duration)).toEqual([
    '0 s',
    '59 s',
    '1 min 15 s',
    '59 min 59 s',
    '1 h 1 min',
  ]);
});

it('gives count, rate and time left, from what this run has done itself', () => {
  const progress = { what: 'episodes', done: 30, total: 180, skipped: 10 };
  expect(progressLine(progress, 10)).toBe('episodes 30/180 (10 done before) · 2.0/s · 1 min 15 s left');
  expect(progressLine({ ...progress, skipped: 29 }, 4)).toContain('4.0 s each · 10 min 0 s left');
  expect(progressLine({ ...progress, done: 180, skipped: 180 }, 0)).toBe(
    'episodes 180/180 (180 done before)',
  );
  expect(progressLine({ ...progress, done: 180, skipped: 0 }, 90)).toBe(
    'episodes 180/180 · 1 min 30 s · 2.0/s',
  );
});

it('counts a download in bytes, and names the file', () => {
  const lines: string[] = [];
  const show = downloadProgress((progress) => lines.push(progressLine(progress, 10)));
  const download = { model: 'a/b', file: 'model.safetensors', fileBytes: 4e9, fileTotal: 8e9 };
  show({ ...download, bytes: 4.5e9, total: 15e9, before: 5e8 });
  show({ ...download, bytes: 15e9, total: 15e9, before: 0 });
  expect(lines).toEqual([
    'download a/b 4.5 GB/15 GB (500 MB done before) · 400 MB/s · 26 s left · model.safetensors 50 %',
    'download a/b 15 GB/15 GB · 10 s · 1.5 GB/s',
  ]);
});

it('in a log prints a line now and then and always the last of a stage', () => {
  const lines: string[] = [];
  let time = 0;
  const out = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
  const printer = createProgressPrinter(out, () => time);
  for (let done = 1; done <= 100; done++) {
    time += 0.5;
    printer.update({ what: 'episodes', done, total: 100, skipped: 0 });
  }
  printer.update({ what: 'layer pairs', done: 72, total: 72, skipped: 0 });
  expect(lines.length).toBeLessThan(10);
  expect(lines.at(-2)).toContain('episodes 100/100');
  expect(lines.at(-1)).toContain('layer pairs 72/72');
});
