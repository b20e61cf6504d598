// Every table, in the order in which they are written: a part each for what is read in one pass.

import type { Part, Table } from './table.ts';
import { contributions } from './tables/contributions.ts';
import { episodeSynchrony } from './tables/episode-synchrony.ts';
import { episodes } from './tables/episodes.ts';
import { models } from './tables/models.ts';
import { ownPast } from './tables/own-past.ts';
import { pairs } from './tables/pairs.ts';
import { reliability } from './tables/reliability.ts';
import { scores } from './tables/scores.ts';
import { similarity } from './tables/similarity.ts';
import { synchrony } from './tables/synchrony.ts';
import { tests } from './tables/tests.ts';

export const PARTS: readonly Part[] = [
  models,
  episodes,
  scores,
  synchrony,
  pairs,
  contributions,
  ownPast,
  similarity,
  episodeSynchrony,
  reliability,
  tests,
];

export const TABLES: readonly Table[] = PARTS.flatMap(({ tables }) => tables);
