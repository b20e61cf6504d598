import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manyEpisodes, samplePage } from '../../test/explorer-page.ts';
import { colourOf, highEnd } from './colours.ts';
import { checkPage } from './data.ts';
import { contributionMap, contributionsOf, episodeKey, filterEpisodes, sortText } from './episodes.ts';
import { decodeFloats, encodeFloats } from './floats.ts';
import { fold, type LiveEvent, NO_RUN, talkKey } from './live-state.ts';
import { bestCell, cellNumbers, mapCsv } from './maps.ts';
import { NO_FILTER, parseRoute, type Route, routeText } from './routes.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const part = text.map((value) => encodeURIComponent(value.replaceAll(/[\ud800-\udfff]/g, '')));
const cell = fc.option(fc.record({ source: fc.nat(90), target: fc.nat(90) }), { nil: undefined });
const filter = fc.record({ q: text, order: text, seed: text, ended: text, interaction: text, sort: text });
const route: fc.Arbitrary<Route> = fc.oneof(
  fc.constantFrom<Route>({ screen: 'overview' }, { screen: 'live' }),
  fc.record({ screen: fc.constant('map' as const), id: part, cell }),
  fc.record({ screen: fc.constant('episodes' as const), filter }),
  fc.record({
    screen: fc.constant('episode' as const),
    key: part,
    beside: fc.option(text.filter(Boolean), { nil: undefined }),
    filter,
  }),
  fc.record({ screen: fc.constant('compare' as const), x: text, y: text, cell }),
);

it('an address leads back to where it was made', () => {
  fc.assert(
    fc.property(route, (one) => {
      expect(parseRoute(routeText(one))).toEqual(one);
    }),
  );
});

it('an address of nothing is the overview', () => {
  for (const hash of ['', '#', '#/', '#/nowhere?x=1', '#/map'])
    expect(['overview', 'map']).toContain(parseRoute(hash).screen);
});

it('numbers survive as float32', () => {
  fc.assert(
    fc.property(fc.array(fc.float()), (values) => {
      expect([...decodeFloats(encodeFloats(values))]).toEqual(values);
    }),
  );
});

describe('colours', () => {
  it('below 0 is gray, nothing is white, and the ends are the scale’s', () => {
    const scale = { kind: 'r2', high: 0.6 } as const;
    expect([-0.1, Number.NaN, 0, 0.6, 2].map((value) => colourOf(value, scale))).toEqual([
      '#c9c9c9',
      '#ffffff',
      '#3b528b',
      '#fde725',
      '#fde725',
    ]);
  });

  it('the high end is a round number that nothing exceeds', () => {
    expect(highEnd([[0.312, -3]])).toBe(0.35);
    expect(highEnd([[0.02, -0.043]], true)).toBe(0.05);
    expect(highEnd([[]])).toBe(0.1);
  });
});

describe('a page', () => {
  it('keeps its own form', async () => {
    const page = await samplePage();
    const read: unknown = JSON.parse(JSON.stringify(page));
    expect(checkPage(read)).toEqual(read);
  });

  it('has the numbers of every cell', async () => {
    const [map] = (await samplePage()).maps;
    if (!map) throw new Error('no map');
    const { mean, bySplit } = cellNumbers(map, { source: 2, target: 3 });
    expect(bySplit).toHaveLength(3);
    expect(bySplit.reduce((sum, { value }) => sum + value, 0) / 3).toBeCloseTo(mean, 6);
    const rows = mapCsv(map).trimEnd().split('\r\n');
    expect(rows).toHaveLength(1 + 6 * 5);
    expect(rows.find((row) => row.startsWith('3,4,'))).toBe(
      ['3', '4', mean, ...bySplit.map(({ value }) => value)].join(),
    );
    expect(cellNumbers(map, bestCell(map)).mean).toBe(Math.max(...decodeFloats(map.mean)));
  });

  it('sorts conversations by what they add to a cell', async () => {
    const page = await samplePage();
    const map = page.maps[0];
    const own = contributionsOf(page, map);
    if (!map || !own) throw new Error('no contributions');
    const cell = { source: 1, target: 2 };
    const found = contributionMap(own, cell);
    const sorted = filterEpisodes(page, { ...NO_FILTER, sort: sortText(map.id, cell) });
    const values = sorted.map(({ interaction }) => found?.get(interaction)?.perShare ?? Number.NaN);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(new Set(values).size).toBeGreaterThan(2);
    const [name = ''] = own.interactions.map(({ interaction }) => interaction);
    const place = cell.source * own.targetLayers + cell.target;
    expect(found?.get(name)?.adds).toBe(decodeFloats(own.values ?? '')[place]);
  });

  it('finds what was said, as often as it was', async () => {
    const page = manyEpisodes(await samplePage(), 700);
    const said = page.episodes.filter(({ turns }) => JSON.stringify(turns).includes('drum'));
    expect(filterEpisodes(page, { ...NO_FILTER, q: ' DRUM ' })).toEqual(said);
    expect(said).toHaveLength(100);
    const [one] = filterEpisodes(page, { ...NO_FILTER, interaction: 'talk-14', q: 'drum' });
    expect(one && episodeKey(one)).toContain('/4/talk-14');
  });
});

describe('a run under way', () => {
  const time = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;
  const models = ['a', 'b'] as [string, string];
  const begins: LiveEvent = {
    ...{ type: 'run-begins', time: time(0), study: 's', run: 'runs/s' },
    stages: [{ stage: 'episodes', unit: 'episodes', total: 20, tasks: 20 }],
  };
  const turn = (seed: number, round: number): LiveEvent => ({
    ...{
      type: 'turn',
      time: time(round),
      models,
      seed,
      interaction: 'x',
      round,
      seat: 'A',
      speaker: 'Ann',
      text: `${seed} ${round}`,
    },
  });
  const all = (events: readonly LiveEvent[]) => events.reduce(fold, NO_RUN);

  it('shows twelve conversations at most, and lets those go first that have ended', () => {
    const twelve = Array.from({ length: 12 }, (_, seed) => turn(seed, 1));
    const ended: LiveEvent = {
      type: 'ended',
      time: time(2),
      key: talkKey(models, 7, 'x'),
      ending: 'A left',
      rounds: 3,
    };
    const { talks, counts } = all([begins, ...twelve, ended, turn(12, 3)]);
    expect(talks.map(({ seed }) => seed)).toEqual([0, 1, 2, 3, 4, 5, 6, 12, 8, 9, 10, 11]);
    expect(counts).toEqual({ turns: 13, episodes: 1, endings: { 'A left': 1 }, rounds: 3 });
  });

  it('keeps what was said before it began, and forgets the run before', () => {
    const warning: LiveEvent = { type: 'warning', time: time(0), message: 'small' };
    const ends: LiveEvent = {
      type: 'run-ends',
      time: time(9),
      outcome: 'stopped',
      exitCode: 130,
      seconds: 9,
      failed: [],
    };
    expect(all([warning, begins]).warnings).toEqual(['small']);
    const again = all([warning, begins, turn(0, 1), ends, begins]);
    expect(again).toMatchObject({ warnings: [], talks: [], outcome: undefined });
  });

  it('knows which worker does what, and that nobody works for a stage that has ended', () => {
    const worker = (
      name: string,
      does: 'joined' | 'took' | 'lost' | 'left',
      second: number,
      what?: string,
    ): LiveEvent => ({
      ...{ type: 'worker', time: time(second), worker: name, does },
      ...(what !== undefined && { stage: 'episodes', what }),
    });
    const state = all([
      begins,
      worker('h:1', 'joined', 1),
      worker('h:2', 'joined', 1),
      worker('h:1', 'took', 2, 'a+b 1'),
      worker('h:2', 'took', 2, 'a+b 2'),
      worker('h:1', 'took', 3, 'a+b 3'),
      worker('h:2', 'lost', 4, 'a+b 2'),
    ]);
    expect(state.workers).toMatchObject([
      { worker: 'h:1', state: 'at work', what: 'a+b 3', jobs: 2, since: time(3) },
      { worker: 'h:2', state: 'lost', what: 'a+b 2', jobs: 1 },
    ]);
    const ended = fold(state, {
      ...{ type: 'stage-ends', time: time(5), stage: 'episodes', outcome: 'done' },
      ...{ made: 1, skipped: 0, failed: 0, seconds: 1 },
    });
    expect(ended.workers.map((one) => one.state)).toEqual(['waiting', 'lost']);
    const many = Array.from({ length: 300 }, (_, i) => worker(`m:${i}`, 'joined', 6));
    expect(all([begins, worker('h:1', 'left', 5), ...many]).workers).toHaveLength(200);
  });

  it('a run whose process is gone has stopped; begun again, it goes on', () => {
    const gone: LiveEvent = { type: 'gone', time: time(9) };
    expect(all([begins, gone]).outcome).toBe('stopped');
    expect(all([begins, gone, begins]).outcome).toBeUndefined();
  });

  it('has a bar for each stage', () => {
    const stage = { stage: 'episodes', unit: 'episodes', total: 20 };
    const state = all([
      begins,
      { type: 'stage-begins', time: time(1), ...stage, tasks: 20, index: 1, of: 1, skipped: 4 },
      { type: 'progress', time: time(2), ...stage, done: 9, skipped: 4 },
    ]);
    expect(state.stages).toMatchObject([{ done: 9, skipped: 4, total: 20, state: 'running' }]);
    const ended = fold(state, {
      ...{
        type: 'stage-ends',
        time: time(3),
        stage: 'episodes',
        outcome: 'done',
        made: 16,
        skipped: 4,
        failed: 0,
        seconds: 2,
      },
    });
    expect(ended.stages).toMatchObject([{ done: 20, state: 'done', seconds: 2 }]);
  });
});
