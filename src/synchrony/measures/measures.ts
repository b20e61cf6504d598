// The table of measures: a row each, and nothing else needs to know them all.

import type { Measure } from './interface.ts';
import { networks } from './networks-measure.ts';
import { ridge } from './ridge-measure.ts';
import { cca, cka, neighbours, pls, rsa } from './similarity-measures.ts';

/** Every measure, by its name in the paths of results. */
export const MEASURES: readonly Measure[] = [ridge, networks, cka, cca, pls, rsa, neighbours];
