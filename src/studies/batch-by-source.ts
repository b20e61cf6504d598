// Which conditions can be measured in one go.

import { at } from '../numerics/lookup.ts';
import type { Sample } from '../pairs/align.ts';

/** As much of a task as tells its rows of X. */
export interface SourceRows {
  readonly samples: readonly Sample[];
  readonly recordings: { readonly source: readonly { readonly states: { readonly path: string } }[] };
}

/**
 * Tasks with the same rows of X in the same groups have the same splits and so the same fits. Their order within a list,
 * and that of the lists, is the tasks'.
 */
export function batchBySource<Task extends SourceRows>(tasks: readonly Task[]): Task[][] {
  const batches = new Map<string, Task[]>();
  for (const task of tasks) {
    const rows = rowsOf(task);
    const batch = batches.get(rows);
    if (batch) batch.push(task);
    else batches.set(rows, [task]);
  }
  return [...batches.values()];
}

function rowsOf({ samples, recordings }: SourceRows): string {
  const rows = samples.map(({ group, source: { recording, seat, round } }) =>
    JSON.stringify([at(recordings.source, recording).states.path, seat, round, group]),
  );
  return rows.join('\n');
}
