import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { synchronyPath } from '../recordings/layout.ts';
import { modelRevisions, openStudy } from '../studies/open.ts';
import { episodeInputs, isRecorded } from '../studies/simulate.ts';

/** Counts what is done under the study's present settings. */
export async function status(
  file: string,
  options: { readonly out: string; readonly interactions?: number },
): Promise<void> {
  const opened = await openStudy(file, options.out, options);
  const { study, run, orders, tasks } = opened;
  const revisions = await modelRevisions(opened);
  process.stdout.write(`${study.name} in ${run}\n`);
  for (const [name, place] of opened.checkpoints)
    if (!revisions.has(name) && 'hub' in place)
      process.stdout.write(`  ${name}: ${place.hub} is not downloaded; run downloads it\n`);
  let missing = 0;
  for (const order of orders) {
    const models = order.names.flatMap((name) => revisions.get(name) ?? []);
    const own = tasks.filter((task) => task.order === order);
    // What was recorded with a checkpoint that is gone from the cache cannot be told from what was not.
    const done =
      models.length < 2
        ? []
        : await Promise.all(
            own.map((task) => isRecorded(run, task, episodeInputs(task, models, study.simulation))),
          );
    const count = done.filter(Boolean).length;
    missing += own.length - count;
    const measured = study.conditions.flatMap((condition) =>
      ['A->B', 'B->A'].map((direction) =>
        existsSync(`${synchronyPath(run, order.names, condition, direction)}.json`),
      ),
    );
    const measures = `${measured.filter(Boolean).length}/${measured.length} measures`;
    process.stdout.write(`  ${order.names.join(' → ')}: ${count}/${own.length} episodes, ${measures}\n`);
  }
  const report = join(run, 'report', 'index.html');
  process.stdout.write(existsSync(report) ? `  report: ${report}\n` : '  no report yet\n');
  if (missing > 0 || !existsSync(report)) {
    const again = options.interactions === undefined ? '' : ` --interactions ${options.interactions}`;
    process.stdout.write(`Go on with: interbrain run ${file}${again}\n`);
  }
}
