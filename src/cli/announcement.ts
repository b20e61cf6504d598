import type { OpenStudy } from '../studies/open.ts';
import type { Stage } from '../studies/stage.ts';
import { EPISODES, MENTAL_STATE_EPISODES } from '../studies/stages/episodes.ts';
import { READINGS } from '../studies/stages/readings.ts';

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** What a study consists of, in two lines. */
export function announcement(opened: OpenStudy): string {
  const { study, run, pairs, orders, encounters } = opened;
  const count = (stages: readonly Stage[]) =>
    stages.reduce((sum, stage) => sum + (stage.asked(study) ? stage.tasks(opened).length : 0), 0);
  const readings = count([READINGS]);
  return (
    `${study.name}: ${plural(pairs.length, 'pair')} of models in ${plural(orders.length, 'seat order')} × ` +
    `${plural(encounters.length, 'interaction')} × ${plural(study.simulation.seeds.length, 'seed')}` +
    `${study.mentalStates ? ' × 2, once with named mental states' : ''} = ` +
    `${plural(count([EPISODES, MENTAL_STATE_EPISODES]), 'episode')}` +
    `${readings > 0 ? ` and ${plural(readings, 'reading')} of them` : ''}\n` +
    `Everything is kept in ${run}`
  );
}
