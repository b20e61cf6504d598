import { expect, it } from 'vitest';
import { widthOf } from './display-width.ts';
import { duration, lastingLine, liveLine, type Work } from './progress-line.ts';

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
  const work: Work = { label: 'episodes', done: 30, total: 180, skipped: 10, seconds: 10 };
  expect(liveLine(work)).toBe('episodes 30/180 (10 done before) · 2.0/s · 1 min 15 s left');
  expect(liveLine({ ...work, skipped: 29, seconds: 4 })).toContain('4.0 s each · 10 min 0 s left');
  expect(lastingLine({ ...work, done: 180, skipped: 180, seconds: 0 })).toBe(
    'episodes 180/180 (180 done before)',
  );
  expect(lastingLine({ ...work, done: 180, skipped: 0, seconds: 90 })).toBe(
    'episodes 180/180 · 1 min 30 s · 2.0/s',
  );
  expect(lastingLine({ ...work, done: 178, skipped: 0, seconds: 90 }, 95, 2)).toBe(
    'episodes 178/180 · 2 failed · 1 min 35 s · 2.0/s',
  );
});

it('counts bytes as bytes, and names the file', () => {
  const work: Work = {
    label: 'download a/b',
    done: 4.5e9,
    total: 15e9,
    skipped: 5e8,
    seconds: 10,
    bytes: true,
  };
  expect(liveLine({ ...work, detail: 'model.safetensors 50 %' })).toBe(
    'download a/b 4.5 GB/15 GB (500 MB done before) · 400 MB/s · 26 s left · model.safetensors 50 %',
  );
  expect(lastingLine({ ...work, done: 15e9, skipped: 0 })).toBe('download a/b 15 GB/15 GB · 10 s · 1.5 GB/s');
});

const WORK: Work = {
  label: 'layer pairs',
  done: 1200,
  total: 4800,
  skipped: 300,
  seconds: 900 / 310,
  place: { index: 2, of: 6 },
  runSeconds: 91,
};

it.each([
  [120, 'stage 2 of 6 · layer pairs 1200/4800 (300 done before) · 310/s · 12 s left · run 1 min 31 s'],
  [80, 'stage 2 of 6 · layer pairs 1200/4800 · 310/s · 12 s left · run 1 min 31 s'],
  [60, 'stage 2 of 6 · layer pairs 1200/4800 · 310/s · 12 s left'],
  [50, 'stage 2 of 6 · layer pairs 1200/4800 · 12 s left'],
  [40, 'stage 2 of 6 · layer pairs 1200/4800'],
  [30, 'layer pairs 1200/4800'],
  [20, '1200/4800'],
  [8, '25 %'],
  [3, '25…'],
  [1, '…'],
  [0, ''],
])('in %i columns leaves out what matters least', (room, line) => {
  expect(liveLine(WORK, room)).toBe(line);
});

it('is never wider than the room there is, whatever the names', () => {
  const work = { ...WORK, label: '漢字の👩‍👩‍👧 episodes', detail: 'modèle 漢字漢字漢字漢字漢字.safetensors' };
  for (let room = 0; room <= 160; room++) expect(widthOf(liveLine(work, room))).toBeLessThanOrEqual(room);
  expect(liveLine(work, 120)).toContain('…');
  expect(liveLine(work)).toContain(work.detail);
});

it('says what is worked on where there is room for it, without its control characters', () => {
  expect(liveLine({ ...WORK, detail: 'lla\u001b[2Jma' })).toMatch(/ · lla \[2Jma$/);
});

it('counts whole units, and half ones in the time that is left', () => {
  const work: Work = { label: 'ability tests', done: 0.25, total: 2, skipped: 0, seconds: 10 };
  expect(liveLine(work)).toBe('ability tests 0/2 · 40.0 s each · 1 min 10 s left');
  expect(liveLine(work, 4)).toBe('0/2');
});

it('counts nothing of nothing', () => {
  const nothing = { label: 'readings', done: 0, total: 0, skipped: 0, seconds: 0 };
  expect(liveLine(nothing)).toBe('readings 0/0');
  expect(liveLine(nothing, 5)).toBe('0/0');
  expect(lastingLine(nothing)).toBe('readings 0/0');
});
