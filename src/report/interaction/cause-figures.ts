// Dose and response of interventions, and where they do more than their controls.

import { type Curve, curves } from '../../figures/curves.ts';
import { type EffectCell, effectMap } from '../../figures/effect-map.ts';
import type { ArmKind } from '../../interventions/arms.ts';
import type { Effect, Mean } from '../../interventions/effects.ts';
import { toFileName } from '../../recordings/layout.ts';
import { toyNote } from '../page/toys.ts';
import type { Figure } from '../section.ts';
import type { Shared } from '../shared.ts';
import {
  type Cause,
  CONTROL_WORDS,
  controlNames,
  firstControl,
  type OrderCause,
  overall,
} from './cause-data.ts';

const DOSED = { remove: 'k directions removed', steer: 'steps, standard deviations' } as const;

/** Stems of the figures of one seat order. */
export function causeStem({ names }: Pick<OrderCause, 'names'>, kind: string): string {
  return `cause+${kind}+${names.map(toFileName).join('+')}`;
}

export function causeFigures({ orders, level }: Cause, shared: Shared): Figure[] {
  return orders.flatMap((order) => [
    ...(['remove', 'steer'] as const).flatMap((kind) => doseFigure(order, kind, level, shared)),
    ...mapFigure(order, level, shared),
  ]);
}

/** The layer whose map predicts best, of those that were changed. */
export function bestLayer({ result: { layers } }: OrderCause): number {
  const [first, ...rest] = layers;
  return rest.reduce((best, one) => (one.r2 > best.r2 ? one : best), first ?? { layer: 0, r2: 0 }).layer;
}

function notesOf({ names, result }: OrderCause, shared: Shared): string[] {
  return [
    ...toyNote(shared, names),
    `${names.join(' → ')}, ${result.speaker} is changed`,
    `${result.episodes} episodes, ${result.playedOn} places`,
  ];
}

function doseFigure(order: OrderCause, kind: 'remove' | 'steer', level: number, shared: Shared): Figure[] {
  const layer = bestLayer(order);
  const effects = overall(order.result, kind, 'listener').filter((one) => one.layer === layer);
  if (effects.length === 0) return [];
  const point = (x: number, { value, low, high }: Mean) => ({
    x,
    value,
    error: low === null || high === null ? null : ([low, high] as const),
  });
  const line = (name: string, of: (effect: Effect) => Mean | undefined): Curve => ({
    name,
    points: effects
      .flatMap((effect) => {
        const mean = of(effect);
        return mean ? [point(effect.dose ?? 0, mean)] : [];
      })
      .sort((a, b) => a.x - b.x),
  });
  const series = [
    line('directions of the map', ({ mean }) => mean),
    ...controlNames(effects).map((control) =>
      line(CONTROL_WORDS[control], ({ controls }) => controls.find((one) => one.control === control)),
    ),
  ];
  const words = {
    title: `Dose and response: ${DOSED[kind]}`,
    notes: [
      ...notesOf(order, shared),
      `layer ${layer + 1}, which predicts best`,
      `bars: ${100 * level} % intervals over ${effects[0]?.mean.interactions} interactions`,
    ],
  };
  const doses = effects.map(({ dose }) => dose ?? 0).sort((a, b) => a - b);
  const axis = {
    title: DOSED[kind],
    log: kind === 'remove',
    values: doses,
    spread: 7,
    y: 'KL of the listener, nats',
  };
  return [[causeStem(order, kind), curves(series, axis, words)]];
}

/** The effect that a cell of the map is about: as many directions removed as there are, or else the first kind that was tried. */
export function mapped({
  effects,
}: OrderCause['result']): { kind: ArmKind; dose: number | null } | undefined {
  const removed = effects.filter(({ kind }) => kind === 'remove').map(({ dose }) => dose ?? 0);
  if (removed.length > 0) return { kind: 'remove', dose: Math.max(...removed) };
  return effects[0] && { kind: effects[0].kind, dose: effects[0].dose };
}

function mapFigure(order: OrderCause, level: number, shared: Shared): Figure[] {
  const about = mapped(order.result);
  if (about === undefined) return [];
  const rounds = order.result.effects.filter(
    ({ kind, dose, measure, round }) =>
      kind === about.kind && dose === about.dose && measure === 'listener' && round !== null,
  );
  const cells = rounds.flatMap((effect): EffectCell[] => {
    const one = firstControl(effect);
    if (!one || effect.round === null) return [];
    const found = one.q !== null && one.q <= 1 - level;
    return [{ layer: effect.layer + 1, round: effect.round, difference: one.difference.value, found }];
  });
  if (cells.length === 0) return [];
  const control = rounds.map(firstControl)[0]?.control ?? 'random';
  const words = {
    title: 'What the directions of the map do more than their control, by layer and round',
    notes: [
      ...notesOf(order, shared),
      `${about.dose ?? ''} ${about.kind}, less ${CONTROL_WORDS[control]}`.trim(),
      `boxed: q ≤ ${Number((1 - level).toFixed(3))}`,
    ],
  };
  return [[causeStem(order, 'map'), effectMap(cells, 'KL of the listener, nats', words)]];
}
