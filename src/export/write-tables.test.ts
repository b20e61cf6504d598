// Tables of made-up studies, written and read back: with hyparquet here, and with pyarrow and pandas by
// scripts/golden_export.py, whose findings are compared.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { csvRecords } from '../../test/read-tables.ts';
import { fullSample, sampleEpisode, sampleReport } from '../../test/sample-report.ts';
import type { Episode } from '../episodes/types.ts';
import type { ReportSource } from '../report/source.ts';
import type { Stage } from '../studies/stage.ts';
import { MENTAL_STATE_EPISODES } from '../studies/stages/episodes.ts';
import { MEASURE } from '../studies/stages/measure.ts';
import { TABLES } from './tables.ts';
import { exportTables, type WrittenTable } from './write-tables.ts';

type Row = Readonly<Record<string, string | number | boolean | null>>;

// Kept where scripts/golden_export.py is to read it.
const kept = process.env['EXPORT_SAMPLE'];
const folder = kept ?? mkdtempSync(join(tmpdir(), 'export-'));
const parquet = join(folder, 'parquet');
const csv = join(folder, 'csv');
let written: readonly WrittenTable[];
const read = new Map<string, Row[]>();

async function readParquet(path: string): Promise<Row[]> {
  return (await parquetReadObjects({ file: await asyncBufferFromFile(path) })) as Row[];
}

/** The study with everything, and one episode in which agents named how they felt. */
function sample(): ReportSource {
  const source = fullSample();
  const named: Episode = {
    ...sampleEpisode(['small-llama', 'small-mistral'], ['Hello.', 'Bye.']),
    variant: 'mental-states',
  };
  const [hello, bye] = named.turns;
  if (!hello || !bye) throw new Error('two turns');
  const mentalState = {
    emotion: { word: 'joy', probabilities: [1, 0, 0, 0, 0, 0, 0, 0], mass: 1 },
    action: null,
    failure: 'no action',
  } as const;
  const result = { ...named, turns: [{ ...hello, mentalState }, bye] };
  const each = async function* (stage: Stage) {
    if (stage.name === MENTAL_STATE_EPISODES.name) yield { result };
    else yield* source.each(stage);
  };
  return { ...source, each: each as unknown as ReportSource['each'] };
}

beforeAll(async () => {
  const { tables, missing } = await exportTables(sample(), { parquet, csv });
  written = tables;
  expect(missing).toEqual(['judgements: 4 failed (no JSON after 3 attempts), of 24']);
  for (const { name } of TABLES) read.set(name, await readParquet(join(parquet, `${name}.parquet`)));
});
afterAll(() => kept ?? rmSync(folder, { recursive: true }));

const rowsOf = (table: string) => read.get(table) ?? [];

/** The one row with these values. */
function rowWith(table: string, values: Row): Row {
  const found = rowsOf(table).filter((row) =>
    Object.entries(values).every(([name, value]) => row[name] === value),
  );
  expect(found, JSON.stringify(values)).toHaveLength(1);
  return found[0] ?? {};
}

const golden = z.record(
  z.string(),
  z.object({
    rows: z.number(),
    columns: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        nulls: z.number(),
        sum: z.number().optional(),
        sha256: z.string().optional(),
      }),
    ),
  }),
);

const ARROW = { text: 'string', integer: 'int32', number: 'double', boolean: 'bool' } as const;

describe('what is written is what is read', () => {
  it('every table is there, in both formats, with its rows', () => {
    expect(readdirSync(parquet).sort()).toEqual(TABLES.map(({ name }) => `${name}.parquet`).sort());
    expect(readdirSync(csv).sort()).toEqual(TABLES.map(({ name }) => `${name}.csv`).sort());
    for (const { table, rows, file } of written) {
      expect(rows, table).toBeGreaterThan(0);
      if (file.endsWith('.parquet')) expect(rowsOf(table)).toHaveLength(rows);
    }
  });

  it('the schema has the columns and types of the table, each of which may be empty', async () => {
    for (const { name, columns } of TABLES) {
      const file = await asyncBufferFromFile(join(parquet, `${name}.parquet`));
      const { children } = parquetSchema(await parquetMetadataAsync(file));
      const found = children.map(({ element }) => [element.name, element.type, element.repetition_type]);
      const types = { text: 'BYTE_ARRAY', integer: 'INT32', number: 'DOUBLE', boolean: 'BOOLEAN' };
      expect(found).toEqual(
        Object.entries(columns).map(([column, [type]]) => [column, types[type], 'OPTIONAL']),
      );
      for (const { element } of children)
        if (element.type === 'BYTE_ARRAY') expect(element.converted_type).toBe('UTF8');
    }
  });

  it('pyarrow and pandas found the same', () => {
    const found = golden.parse(JSON.parse(readFileSync('fixtures/export/golden.json', 'utf8')));
    expect(Object.keys(found).sort()).toEqual(TABLES.map(({ name }) => name).sort());
    for (const { name, columns } of TABLES) {
      const rows = rowsOf(name);
      expect(found[name]?.rows).toBe(rows.length);
      expect(found[name]?.columns.map((column) => [column.name, column.type])).toEqual(
        Object.entries(columns).map(([column, [type]]) => [column, ARROW[type]]),
      );
      for (const { name: column, type, nulls, sum, sha256 } of found[name]?.columns ?? []) {
        const values = rows.map((row) => row[column] ?? null).filter((value) => value !== null);
        expect(rows.length - values.length, `${name}.${column}`).toBe(nulls);
        if (type !== 'string')
          expect(values.reduce((a: number, b) => a + Number(b), 0)).toBeCloseTo(sum ?? Number.NaN, 6);
        else expect(createHash('sha256').update(values.join('\n')).digest('hex')).toBe(sha256);
      }
    }
  });

  it('CSV has the same values', () => {
    for (const { name, columns } of TABLES) {
      const records = csvRecords(readFileSync(join(csv, `${name}.csv`), 'utf8'));
      for (const column of Object.keys(columns))
        expect(
          records.map((record) => record[column]),
          `${name}.${column}`,
        ).toEqual(rowsOf(name).map((row) => String(row[column] ?? '')));
    }
  });
});

describe('what the tables say', () => {
  const WHERE = { model_a: 'small-llama', model_b: 'small-mistral', direction: 'A->B' };

  it('R² of every layer pair, condition, direction and λ, with intervals of the first λ', async () => {
    const { current } = await fullSample().results(MEASURE);
    for (const { task, result } of current) {
      const [a, b] = task.order.names;
      const where = { model_a: a, model_b: b, direction: task.direction, condition: task.condition };
      // The sample has intervals of cells that so few layers do not have.
      const at = ({ source, target }: { readonly source: number; readonly target: number }) =>
        source * result.targetLayers + target;
      const lambdas = [result, ...(result.variants ?? [])];
      for (const [i, one] of lambdas.entries()) {
        const own = rowsOf('cells').filter(
          (row) =>
            row['ridge_lambda'] === String(one.lambda) &&
            row['measure'] === 'ridge' &&
            Object.entries(where).every(([name, value]) => row[name] === value),
        );
        expect(own).toHaveLength(result.sourceLayers * result.targetLayers);
        for (const row of own) {
          const [source, target] = [Number(row['source_layer']) - 1, Number(row['target_layer']) - 1];
          expect(row['r2']).toBe(one.meanR2[source * result.targetLayers + target]);
          expect(row['n']).toBe(result.samples);
          expect(row['best_target']).toBe(one.syncR2.bestTarget[source] === target);
          const interval =
            i === 0 && result.intervals?.cells.findLast((cell) => at(cell) === at({ source, target }));
          expect(row['interval_low']).toBe(interval ? interval.low : null);
          expect(row['interval_high']).toBe(interval ? interval.high : null);
          expect(row['interval_kind']).toBe(interval ? 'jackknife-t' : null);
        }
      }
      const row = rowWith('synchrony', { ...where, measure: 'ridge', first_lambda: true });
      expect(row).toMatchObject({ syncr2: result.syncR2.value, n: result.samples });
      expect(row['interval_low']).toBe(result.intervals?.syncR2.low);
    }
    expect(current).toHaveLength(4 * 2 * 7);
  });

  it('every split’s R² has the mean of the cell', () => {
    const where = { ...WHERE, measure: 'ridge', condition: 'lag-1', source_layer: 2, target_layer: 3 };
    const cell = rowWith('cells', where);
    const splits = rowsOf('cell_splits').filter((row) =>
      Object.entries(where).every(([name, value]) => row[name] === value),
    );
    expect(splits.map((row) => [row['split'], row['split_seed'], row['fold']])).toEqual([
      [1, 0, null],
      [2, 1, null],
      [3, 2, null],
    ]);
    const mean = splits.reduce((sum, row) => sum + Number(row['r2']), 0) / 3;
    expect(mean).toBeCloseTo(Number(cell['r2']), 12);
  });

  it('contributions sum to SyncR², each its share of the interaction’s own R²', () => {
    const own = rowsOf('contributions').filter((row) =>
      Object.entries(WHERE).every(([name, value]) => row[name] === value),
    );
    expect(own).toHaveLength(5);
    for (const row of own)
      expect(Number(row['contribution'])).toBeCloseTo(Number(row['share']) * Number(row['r2']), 12);
  });

  it('contributions in layer pairs are those of the tensor, without what was not asked for', () => {
    const own = rowsOf('contribution_cells').filter((row) =>
      Object.entries(WHERE).every(([name, value]) => row[name] === value),
    );
    // The first layer pair is NaN in the sample, as one that was not asked for.
    const layers = new Set(own.map((row) => `${row['source_layer']},${row['target_layer']}`));
    expect(layers.has('1,1')).toBe(false);
    expect(own).toHaveLength(5 * layers.size);
    const shares = new Map(
      rowsOf('contributions')
        .filter((row) => Object.entries(WHERE).every(([name, value]) => row[name] === value))
        .map((row) => [row['interaction'], Number(row['share'])]),
    );
    for (const row of own)
      expect(Number(row['r2']) * (shares.get(row['interaction'] ?? null) ?? Number.NaN)).toBeCloseTo(
        Number(row['contribution']),
        12,
      );
    expect(new Set(own.map((row) => row['contribution'])).size).toBe(own.length);
  });

  it('turns stand in their episodes, and scores beside them', () => {
    for (const episode of rowsOf('episodes')) {
      const own = rowsOf('turns').filter((turn) =>
        ['model_a', 'model_b', 'seed', 'interaction', 'variant'].every(
          (name) => turn[name] === episode[name],
        ),
      );
      expect(own).toHaveLength(Number(episode['turns']));
      expect(own.map((turn) => turn['turn'])).toEqual(own.map((_, i) => i + 1));
    }
    const [felt] = rowsOf('turns').filter((row) => row['emotion'] !== null);
    expect(felt).toMatchObject({ variant: 'mental-states', emotion: 'joy', action: null, turn: 1 });
    expect(felt).toMatchObject({ mental_state_failure: 'no action', text: 'Hello.' });
    const failed = rowsOf('scores').filter((row) => row['status'] === 'failed');
    expect(failed.map((row) => row['score'])).toEqual(failed.map(() => null));
    expect(failed[0]?.['reason']).toBe('no JSON after 3 attempts');
    expect(new Set(rowsOf('scores').map((row) => row['dimension']))).toEqual(
      new Set(['goal', 'social_rules', 'overall', null]),
    );
  });

  it('every kind of test has rows with p, or a reason', () => {
    const kinds = new Set(rowsOf('tests').map((row) => row['test']));
    expect([...kinds].sort()).toEqual(
      ['condition', 'correlation', 'decoding', 'strangers', 'strangers-cluster']
        .concat(kinds.has('condition-cluster') ? ['condition-cluster'] : [])
        .sort(),
    );
    for (const row of rowsOf('tests'))
      expect((row['p'] === null) === (row['not_tested'] !== null) || row['test'] === 'correlation').toBe(
        true,
      );
    const pair = rowWith('tests', {
      test: 'strangers',
      of: 'pair',
      pair: 'small-llama+small-mistral',
      condition: 'interactive',
    });
    expect(Number(pair['z'])).toBeCloseTo(
      (Number(pair['estimate']) - Number(pair['expected'])) / Number(pair['null_sd']),
      9,
    );
  });
});

describe('a study that is not complete', () => {
  it('has tables without rows, and says what is not there as the report does', async () => {
    const out = join(folder, 'nothing');
    const source = sampleReport({ stateOf: (stage) => (stage === 'episodes' ? 'missing' : 'stale') });
    const { tables, missing } = await exportTables(source, { parquet: out });
    expect(tables.filter(({ table }) => table !== 'models').every(({ rows }) => rows === 0)).toBe(true);
    expect(missing).toEqual([
      'episodes: 12 missing, of 12',
      'measures: 4 made with other settings or of other episodes, of 4',
    ]);
    expect(await readParquet(join(out, 'cells.parquet'))).toEqual([]);
    rmSync(out, { recursive: true });
  });

  it('leaves what was there before if it fails, and nothing beside it', async () => {
    const out = join(folder, 'failing');
    mkdirSync(out);
    writeFileSync(join(out, 'turns.parquet'), 'old');
    writeFileSync(join(out, 'mine.txt'), 'mine');
    const source = sampleReport();
    const broken = {
      ...source,
      // biome-ignore lint/correctness/useYield: it fails before.
      each: async function* () {
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    };
    await expect(exportTables(broken, { parquet: out })).rejects.toThrow(
      'cannot be written (no space left on device); tables that were there are not lost',
    );
    expect(readdirSync(out).sort()).toEqual(['mine.txt', 'turns.parquet']);
    await exportTables(source, { parquet: out });
    expect(readdirSync(out).filter((name) => !name.endsWith('.parquet'))).toEqual(['mine.txt']);
    rmSync(out, { recursive: true });
  });

  it('keeps at most 20,000 rows until they are written', async () => {
    const out = join(folder, 'many');
    const source = sampleReport();
    const [one] = (await source.results(MEASURE)).current;
    const each = async function* (stage: Stage) {
      if (stage.name !== MEASURE.name) yield* source.each(stage);
      else for (let i = 0; i < 200; i++) yield one;
    };
    const many = { ...source, each: each as unknown as ReportSource['each'] };
    const { tables } = await exportTables(many, { parquet: out });
    expect(tables.find(({ table }) => table === 'cell_splits')?.rows).toBe(200 * 36 * 3);
    const file = await asyncBufferFromFile(join(out, 'cell_splits.parquet'));
    const { row_groups } = await parquetMetadataAsync(file);
    expect(row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([20_000, 1_600]);
    rmSync(out, { recursive: true });
  });
});
