// Scores in tables, people's or a judge's: CSV or JSON, one score per row (`dimension`, `score`) or one column per
// dimension. A row that cannot be used is an error with its line.

import { BadInput, messageOf } from '../errors.ts';
import { readText } from '../files/read-file.ts';
import { at } from '../numerics/lookup.ts';
import type { Judgement } from './types.ts';

/** One score by one rater. */
export interface Rating {
  readonly interaction: string;
  /** Study names in seats A and B; empty where a table does not say. */
  readonly modelA: string;
  readonly modelB: string;
  /** Simulation seed; empty where a table does not say. */
  readonly seed: string;
  readonly agent: 'A' | 'B';
  readonly dimension: string;
  readonly rater: string;
  readonly score: number;
}

/** No scale is longer; a larger score is a slip, and a histogram has a bar for every point. */
const LARGEST_SCORE = 1000;

const IDENTITY: readonly string[] = ['interaction', 'model_a', 'model_b', 'seed', 'agent', 'rater'];
const FORMS =
  'columns are interaction, agent (A or B), then dimension and score, or one column per dimension; model_a, model_b, seed and rater are optional';

interface Row {
  /** `file:line`, or `file[index]`. */
  readonly where: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A dimension's name as it is compared: `Social Rules` and `social-rules` are `social_rules`. */
const normal = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

const SEPARATOR = /[,\r\n]/g;

/** RFC 4180, with the line on which each record begins. A byte order mark is passed over. */
export function parseCsv(text: string, file: string): { readonly line: number; readonly fields: string[] }[] {
  const records: { line: number; fields: string[] }[] = [];
  let [line, at, begin] = [1, text.startsWith('\ufeff') ? 1 : 0, 1];
  let fields: string[] = [];
  while (at < text.length) {
    let value = '';
    if (text[at] === '"') {
      const opened = line;
      for (at++; ; at++) {
        if (at >= text.length)
          throw new BadInput(
            `${file}:${opened}`,
            'a quote is opened and never closed; close it, or write a quote within a text twice',
          );
        if (text[at] === '\n') line++;
        if (text[at] !== '"') value += text[at];
        else if (text[at + 1] === '"') value += text[at++];
        else break;
      }
      at++;
      if (at < text.length && !/[,\r\n]/.test(text.charAt(at)))
        throw new BadInput(
          `${file}:${line}`,
          'there is text after a closing quote; write a quote within a text twice',
        );
    } else {
      SEPARATOR.lastIndex = at;
      const end = SEPARATOR.exec(text)?.index ?? text.length;
      value = text.slice(at, end);
      at = end;
    }
    fields.push(value);
    if (text[at] === ',') {
      at++;
      if (at >= text.length) fields.push('');
      else continue;
    }
    if (fields.some((field) => field.trim() !== '')) records.push({ line: begin, fields });
    fields = [];
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    begin = ++line;
  }
  return records;
}

function rowsOfCsv(text: string, file: string): Row[] {
  const [header, ...records] = parseCsv(text, file);
  if (!header) throw new BadInput(file, `is empty; ${FORMS}`);
  const names = header.fields.map(normal);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new BadInput(`${file}:${header.line}`, `column "${twice}" stands twice; ${FORMS}`);
  return records.map(({ line, fields }) => {
    const where = `${file}:${line}`;
    if (fields.length !== names.length)
      throw new BadInput(
        where,
        `${fields.length} values under ${names.length} headings; every row has as many, and a text with a comma in it stands in quotes`,
      );
    return { where, fields: Object.fromEntries(names.map((name, i) => [name, at(fields, i).trim()])) };
  });
}

function rowsOfJson(text: string, file: string): Row[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new BadInput(file, `is not JSON: ${messageOf(cause)}; ${FORMS}`, { cause });
  }
  if (!Array.isArray(json)) throw new BadInput(file, `should be a list of objects, one per row; ${FORMS}`);
  return json.map((row: unknown, index) => {
    const where = `${file}[${index}]`;
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new BadInput(where, `is no object; ${FORMS}`);
    const fields = Object.entries(row).map(([name, value]): [string, string] => {
      if (value !== null && typeof value === 'object')
        throw new BadInput(where, `"${name}" should be a text or a number`);
      return [normal(name), value === null ? '' : String(value).trim()];
    });
    return { where, fields: Object.fromEntries(fields) };
  });
}

function ratingOf(row: Row, dimension: string, text: string): Rating {
  const { where, fields } = row;
  const agent = fields['agent']?.toUpperCase();
  if (agent !== 'A' && agent !== 'B')
    throw new BadInput(where, `agent is "${fields['agent'] ?? ''}"; agents are A and B`);
  if (!fields['interaction']) throw new BadInput(where, 'interaction is empty; it should be the id of one');
  if (dimension === '') throw new BadInput(where, 'dimension is empty; it should be the name of one');
  const score = text === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(score))
    throw new BadInput(
      where,
      `${dimension} is "${text}", which is no number; a score is one, like 7 or -2.5`,
    );
  if (Math.abs(score) > LARGEST_SCORE)
    throw new BadInput(
      where,
      `${dimension} is ${text}; scores lie between -${LARGEST_SCORE} and ${LARGEST_SCORE}`,
    );
  return {
    interaction: fields['interaction'],
    modelA: fields['model_a'] ?? '',
    modelB: fields['model_b'] ?? '',
    seed: fields['seed'] ?? '',
    agent,
    dimension,
    rater: fields['rater'] ?? '',
    score,
  };
}

/** The ratings of a row in long or wide form. In the wide one an empty cell is a score that was not given. */
function ratingsOf(row: Row): Rating[] {
  const { where, fields } = row;
  for (const needed of ['interaction', 'agent'])
    if (!Object.hasOwn(fields, needed)) throw new BadInput(where, `no column "${needed}"; ${FORMS}`);
  const [dimension, score] = [fields['dimension'], fields['score']];
  if (dimension !== undefined && score !== undefined) return [ratingOf(row, normal(dimension), score)];
  if (dimension !== undefined || score !== undefined)
    throw new BadInput(where, `"dimension" and "score" belong together; ${FORMS}`);
  const columns = Object.entries(fields).filter(([name]) => !IDENTITY.includes(name));
  if (columns.length === 0) throw new BadInput(where, `no column of scores; ${FORMS}`);
  return columns.filter(([, text]) => text !== '').map(([name, text]) => ratingOf(row, name, text));
}

/** Parses a table of scores. Throws BadInput with file and line; a rater who scores the same twice is one. */
export function parseRatings(text: string, file: string): Rating[] {
  const rows = file.toLowerCase().endsWith('.json') ? rowsOfJson(text, file) : rowsOfCsv(text, file);
  const seen = new Map<string, string>();
  const ratings = rows.flatMap((row) =>
    ratingsOf(row).map((rating) => {
      const { score: _, ...identity } = rating;
      const key = JSON.stringify(identity);
      const earlier = seen.get(key);
      if (earlier !== undefined && rating.rater !== '')
        throw new BadInput(
          row.where,
          `${rating.rater} scored this ${rating.dimension} already at ${earlier}`,
        );
      seen.set(key, row.where);
      return rating;
    }),
  );
  if (ratings.length === 0) throw new BadInput(file, `holds no scores; ${FORMS}`);
  return ratings;
}

/** Reads a table of scores, JSON by its ending, otherwise CSV. */
export async function readRatings(file: string): Promise<Rating[]> {
  const text = await readText(file, { advice: 'name a table of scores, CSV or JSON' });
  return parseRatings(text, file);
}

/** A judge's scores in the same form; failed judgements have none. */
export function ratingsOfJudgements(judgements: readonly Judgement[]): Rating[] {
  return judgements.flatMap((judgement) =>
    judgement.status === 'failed'
      ? []
      : judgement.agents.flatMap(({ scores }, i) =>
          Object.entries(scores).map(
            ([dimension, score]): Rating => ({
              interaction: judgement.interaction,
              modelA: judgement.models[0],
              modelB: judgement.models[1],
              seed: String(judgement.seed),
              agent: i === 0 ? 'A' : 'B',
              dimension,
              rater: judgement.judge,
              score,
            }),
          ),
        ),
  );
}

/**
 * The judge's ratings as far as people's tables tell units apart: what people leave out (models, seed) is left out of
 * the judge's too.
 *
 * @throws BadInput if several of the judge's scores would then be one unit's
 */
export function alignRatings(people: readonly Rating[], judge: readonly Rating[]): Rating[] {
  const fields = (['modelA', 'modelB', 'seed'] as const).filter((field) =>
    people.every((r) => r[field] === ''),
  );
  const blank = Object.fromEntries(fields.map((field) => [field, '']));
  const seen = new Set<string>();
  return judge.map((rating) => {
    const aligned = { ...rating, ...blank, rater: '' };
    const { score: _, ...unit } = aligned;
    const key = JSON.stringify(unit);
    if (seen.has(key))
      throw new BadInput(
        'judge',
        `several scores for ${rating.interaction}, agent ${rating.agent}, ${rating.dimension}; people's table should say which episode it means: model_a, model_b and seed`,
      );
    seen.add(key);
    return aligned;
  });
}
