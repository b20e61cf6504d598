// What of a study is not there to be shown, and why: the page says it, and so does whoever hands results on.

import type { StageCounts } from '../source.ts';

export interface Missing {
  /** Of all stages that the study asks for. */
  readonly stages: readonly StageCounts[];
  /** Conditions that cannot be measured. */
  readonly leftOut: readonly string[];
  /** Models whose hidden states nobody sees. */
  readonly unseen: readonly string[];
}

type State = StageCounts['tasks'][number]['state'];

/** More reasons than this are counted, not told. */
const REASONS_TOLD = 3;

const countOf = ({ tasks }: StageCounts, state: State) => tasks.filter((task) => task.state === state).length;
const isOpen = (stage: StageCounts) => countOf(stage, 'current') < stage.tasks.length;

/** Whether `run` would make anything. */
export function hasOpen({ stages }: Pick<Missing, 'stages'>): boolean {
  return stages.some(isOpen);
}

/** A line for every stage that is not complete, for every condition that cannot be measured and for every model without
 * states; none if all is there. */
export function missingLines({ stages, leftOut, unseen }: Missing): string[] {
  return [...stages.filter(isOpen).map(stageLine), ...leftOut.map(conditionLine), ...unseen.map(unseenLine)];
}

function conditionLine(condition: string): string {
  return `condition ${condition}: the interactions that were chosen give it no samples; with more of them, or more rounds, it can be measured`;
}

function unseenLine(name: string): string {
  return `${name} shows no hidden states: of its pairs nothing is measured but, in passive conditions, how well what its partner read in its place predicts that partner’s own states`;
}

function stageLine(stage: StageCounts): string {
  const [gone, stale, failed] = [
    countOf(stage, 'missing'),
    countOf(stage, 'stale'),
    countOf(stage, 'failed'),
  ];
  const counts = [
    ...(gone > 0 ? [`${gone} missing`] : []),
    ...(stale > 0 ? [`${stale} made with other settings or of other episodes`] : []),
    ...(failed > 0 ? [`${failed} failed${reasonsText(stage)}`] : []),
  ];
  return `${stage.results}: ${counts.join(', ')}, of ${stage.tasks.length}`;
}

/** ` (no JSON after 3 attempts; timeout; and 2 more reasons)`. */
function reasonsText({ tasks }: StageCounts): string {
  const reasons = [
    ...new Set(tasks.flatMap(({ state, message }) => (state === 'failed' ? (message ?? []) : []))),
  ];
  if (reasons.length === 0) return '';
  const more = reasons.length - REASONS_TOLD;
  const told = reasons.slice(0, REASONS_TOLD);
  return ` (${[...told, ...(more > 0 ? [`and ${more} more reason${more > 1 ? 's' : ''}`] : [])].join('; ')})`;
}
