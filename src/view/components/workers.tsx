// Who makes the results of a run with a queue: each worker, what it does, and since when.

import type { LiveWorker } from '../live-state.ts';
import { durationText } from './duration.ts';
import { SCROLLS } from './scrolls.ts';

export function Workers({ workers, now }: { readonly workers: readonly LiveWorker[]; readonly now: number }) {
  if (workers.length === 0) return null;
  const there = workers.filter(({ state }) => state === 'at work' || state === 'waiting').length;
  return (
    <section aria-label="Workers">
      <h3>
        Workers: {there} of {workers.length} there
      </h3>
      <div class="scroll" {...SCROLLS}>
        <table class="workers">
          <thead>
            <tr>
              <th scope="col">Worker</th>
              <th scope="col">Does</th>
              <th scope="col">For</th>
              <th scope="col" class="number">
                Jobs
              </th>
            </tr>
          </thead>
          <tbody>
            {workers.map((one) => (
              <tr key={one.worker} class={one.state.replace(' ', '-')}>
                <th scope="row">{one.worker}</th>
                <td>{doingText(one)}</td>
                <td class="soft">{durationText((now - Date.parse(one.since)) / 1000)}</td>
                <td class="number">{one.jobs}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function doingText({ state, stage, what, note }: LiveWorker): string {
  const job = [stage, what].filter((one) => one !== undefined).join(': ');
  const because = note === undefined ? '' : `; ${note}`;
  if (state === 'at work') return `${job}${because}`;
  if (state === 'lost') return `lost ${job === '' ? 'its job' : job}${because}`;
  return `${state === 'left' ? 'has left' : 'waiting'}${because}`;
}
