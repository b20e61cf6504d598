// Decodes what a study's agents named of their mental states: every seat order and seat.

import { SEATS, type Seat } from '../../episodes/types.ts';
import { type OpenRecording, openRecordings } from '../../pairs/open.ts';
import { readProbes, writeProbes } from '../../probes/files.ts';
import { type AgentProbes, probeMentalStates } from '../../probes/measure.ts';
import type { NamedRecording } from '../../probes/targets.ts';
import { probesPath } from '../../recordings/layout.ts';
import type { RecordingFiles } from '../../recordings/list.ts';
import { readEpisode } from '../../recordings/recording.ts';
import { hashOf, type StageContext } from '../context.ts';
import type { SeatOrder } from '../plan.ts';
import type { Making, Stage, StageTask } from '../stage.ts';
import { MENTAL_STATE_EPISODES } from './episodes.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 2;

export interface ProbeTask extends StageTask {
  readonly order: SeatOrder;
  readonly seat: Seat;
}

/** Recordings with what their agents named. */
export async function openNamed(
  files: readonly RecordingFiles[],
  groupBy: Parameters<typeof openRecordings>[1],
): Promise<NamedRecording[]> {
  const recordings = await openRecordings(files, groupBy);
  const named = async ({ group, rounds, states }: OpenRecording, i: number): Promise<NamedRecording> => {
    const file = files[i];
    if (typeof file?.episode !== 'string') return { group, rounds, states, turns: [] };
    const { turns, interaction, seed, scenario, relationship, characterIds } = await readEpisode(
      file.episode,
    );
    const head = { interaction, seed, scenario, relationship, characterIds };
    return { group, rounds, states, turns, head };
  };
  return Promise.all(recordings.map(named));
}

async function probeSeat(
  { order, seat, label }: ProbeTask,
  context: StageContext,
  { signal, within }: Making<ProbeTask>,
): Promise<AgentProbes> {
  const { synchrony: settings, mentalStates } = context.opened.study;
  if (!mentalStates) throw new RangeError('the study decodes no mental states');
  const recordings = await context.once(`named ${order.folder}`, async () =>
    openNamed(await context.recordings(order, 'mental-states'), settings.groupBy),
  );
  const [a, b] = order.names;
  const [model, partner] = seat === 'A' ? [a, b] : [b, a];
  const { threads } = context.resources;
  return probeMentalStates(recordings, {
    seat,
    model,
    partner,
    groupBy: settings.groupBy,
    testFraction: settings.test,
    splitSeeds: settings.splitSeeds,
    l2: [mentalStates.l2].flat(),
    maxFailureRate: mentalStates.maxFailureRate,
    onProgress: ({ done, total }) => within(total > 0 ? done / total : 0, label),
    signal,
    ...(threads !== undefined && { threads }),
  });
}

/** Splits are as the study's, by the same groups, over all states. */
export const PROBES: Stage<ProbeTask, AgentProbes> = {
  name: 'probes',
  version: VERSION,
  needs: [MENTAL_STATE_EPISODES.name],
  results: 'probes',
  processorBound: true,
  notEstimated: 'the probes of named mental states',
  asked: ({ mentalStates }) => mentalStates !== false,
  tasks: ({ measuredOrders }) =>
    measuredOrders.flatMap((order) =>
      SEATS.map((seat): ProbeTask => {
        return { scope: [order.folder], label: `${order.folder} ${seat}`, order, seat };
      }),
    ),
  path: (run, { order, seat }) => probesPath(run, order.names, seat),
  async inputs({ order }, context) {
    const { mentalStates, synchrony } = context.opened.study;
    const { test, splitSeeds, groupBy } = synchrony;
    const recordings = await context.hashOfRecordings(order, 'mental-states');
    return recordings === undefined
      ? undefined
      : { recordings, settings: hashOf([VERSION, mentalStates, test, splitSeeds, groupBy]) };
  },
  read: (run, { order, seat }) => readProbes(probesPath(run, order.names, seat)),
  async make(tasks, context, making) {
    for (const { task, inputs } of tasks) {
      const result = await probeSeat(task, context, making);
      await writeProbes(probesPath(context.run, task.order.names, task.seat), result, inputs);
      making.done(task);
    }
  },
};
