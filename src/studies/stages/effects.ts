// What the interventions of a seat order come to (docs/method.md §20).

import { summariseEffects } from '../../interventions/effects.ts';
import { effectsPath } from '../../recordings/layout.ts';
import { hashOf, type StageContext } from '../context.ts';
import { measuredOf } from '../direction-rows.ts';
import { effectsFile, type OrderEffects } from '../intervention-files.ts';
import { layersOf } from '../intervention-maps.ts';
import { directionOf, interventionSettings } from '../intervention-plan.ts';
import type { SeatOrder } from '../plan.ts';
import type { Stage, StageTask } from '../stage.ts';
import { INTERVENTIONS, placesOf } from './interventions.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 1;

export interface EffectsTask extends StageTask {
  readonly order: SeatOrder;
}

const pathOf = (run: string, { order }: EffectsTask) => effectsPath(run, order.names);

const places = ({ order }: EffectsTask, context: StageContext) =>
  context.once(`intervention places ${order.folder}`, () => placesOf(order, context));

async function effectsOf(task: EffectsTask, context: StageContext): Promise<OrderEffects | undefined> {
  const found = await places(task, context);
  if (found === undefined) return undefined;
  const settings = interventionSettings(context.opened.study);
  const { seat, draws, seed, level } = settings;
  const measured = await measuredOf({ ...task, direction: directionOf(seat) }, context);
  const sites = found.results.flatMap(({ interaction, sites: all }) =>
    all.map((site) => ({ interaction, ...site })),
  );
  const rounds = found.results.flatMap((one) => one.rounds);
  return {
    speaker: seat,
    episodes: found.results.length,
    playedOn: rounds.length,
    repeated: rounds.filter(({ repeated }) => repeated).length,
    layers: layersOf(measured, settings),
    ...summariseEffects(sites, { permutations: draws, seed, level }),
  };
}

export const EFFECTS: Stage<EffectsTask, OrderEffects> = {
  name: 'effects',
  version: VERSION,
  needs: [INTERVENTIONS.name],
  results: 'effects of interventions',
  notEstimated: 'the effects of interventions',
  asked: ({ interventions }) => interventions !== false,
  tasks: ({ orders }) =>
    orders.map((order): EffectsTask => ({ scope: [order.folder], label: order.folder, order })),
  path: pathOf,
  async inputs(task, context) {
    const found = await places(task, context);
    const { draws, seed, level } = interventionSettings(context.opened.study);
    return found && { places: found.inputs, settings: hashOf([VERSION, draws, seed, level]) };
  },
  read: (run, task) => effectsFile.read(pathOf(run, task)),
  async make(tasks, context, { done }) {
    for (const { task, inputs } of tasks) {
      const result = await effectsOf(task, context);
      if (result === undefined) continue;
      await effectsFile.write(pathOf(context.run, task), { inputs, result });
      done(task);
    }
  },
};
