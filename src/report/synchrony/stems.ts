// Names of files that belong to a seat order, a direction or a pair. Different ones never collide.

import { pairName, toFileName } from '../../recordings/layout.ts';
import type { Direction } from '../../synchrony/types.ts';
import type { ModelNames } from '../shared.ts';
import type { SeatOrderResult } from './measures.ts';

type OrderNames = Pick<SeatOrderResult, 'models' | 'condition'>;

/** Start of the names of one seat order's files: `llama+mistral+interactive`. */
export function seatOrderStem({ models, condition }: OrderNames): string {
  return `${pairName(models)}+${toFileName(condition)}`;
}

/** Start of the names of one direction's files: `llama+mistral+interactive+A-to-B`. */
export function directionStem(order: OrderNames, { direction }: { readonly direction: Direction }): string {
  return `${seatOrderStem(order)}+${direction.replace('->', '-to-')}`;
}

/** Name of the figure with the best target of each source layer. */
export function bestTargetsStem(order: OrderNames): string {
  return `${seatOrderStem(order)}+best-targets`;
}

/** Of a direction in all conditions, or without one: `llama+mistral+A-to-B`. */
export function bareDirectionStem(models: ModelNames, direction: Direction): string {
  return `${pairName(models)}+${direction.replace('->', '-to-')}`;
}

/** Of a pair's page, relative to the report's folder. */
export function pairPagePath(models: ModelNames): string {
  return `pairs/${pairName(models)}.html`;
}
