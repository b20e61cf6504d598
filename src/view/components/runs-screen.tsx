// The runs of a folder: what each is, whether it goes on, and what came of it.

import { useState } from 'preact/hooks';
import { pairLabel } from '../../figures/correlation-text.ts';
import { decimals, endsText } from '../../figures/number-text.ts';
import type { RunRow } from '../run-row.ts';

interface RunsProps {
  /** Undefined until the server has answered. */
  readonly runs: readonly RunRow[] | undefined;
  readonly connected: boolean;
}

/** Pairs whose numbers stand in a line; of more the highest and the lowest. */
const PAIRS = 3;

export function RunsScreen({ runs, connected }: RunsProps) {
  const [wanted, setWanted] = useState('');
  const shown = (runs ?? []).filter((run) => matches(run, wanted));
  return (
    <>
      <header>
        <p class="kind">Neural synchrony between language models</p>
        <h1>Runs</h1>
      </header>
      <main>
        {!connected && (
          <p class="banner" role="alert">
            The server does not answer. This page asks again by itself; runs do not depend on it.
          </p>
        )}
        <div class="choices runs-choice">
          <label class="grow">
            Name, model or state{' '}
            <input
              type="search"
              value={wanted}
              onInput={({ currentTarget }) => setWanted(currentTarget.value)}
            />
          </label>
        </div>
        <p role="status">{statusOf(runs, shown.length)}</p>
        <ul class="runs">
          {shown.map((run) => (
            <Run key={run.name} run={run} />
          ))}
        </ul>
      </main>
      <footer>Nothing on this page is sent anywhere.</footer>
    </>
  );
}

function statusOf(runs: readonly RunRow[] | undefined, shown: number): string {
  if (runs === undefined) return 'Asking the server …';
  if (runs.length === 0) return 'No run is here yet; interbrain run STUDY.yaml makes one.';
  return `${shown} of ${runs.length} runs, the latest first.`;
}

function matches({ name, study, state, models }: RunRow, wanted: string): boolean {
  const text = [name, study, state, ...models].join('\n').toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function Run({ run }: { readonly run: RunRow }) {
  const { name, study, state, models, date, toy, problem } = run;
  return (
    <li>
      <div>
        <a href={`r/${encodeURIComponent(name)}/`}>
          <strong>{study}</strong>
        </a>{' '}
        {study !== name && <span class="soft in-folder">in {name}</span>}
        <span class="soft">
          {models.length > 0 ? models.join(', ') : 'no models yet'}
          {toy ? '; toys among them' : ''}
        </span>
      </div>
      <div>
        <span class={`state ${state.replace(' ', '-')}`}>{state}</span>
        <time class="soft" dateTime={date}>
          {date.slice(0, 16).replace('T', ' ')}
        </time>
      </div>
      <div>{problem === undefined ? <Numbers run={run} /> : <span class="warnings">{problem}</span>}</div>
    </li>
  );
}

function Numbers({ run: { pairs, reported } }: { readonly run: RunRow }) {
  if (!reported) return <span class="soft">no report yet</span>;
  if (pairs.length === 0) return <span class="soft">no pair is measured</span>;
  const sorted = pairs.toSorted((a, b) => b.value - a.value);
  const shown = sorted.length <= PAIRS ? sorted : [sorted[0], sorted.at(-1)].flatMap((one) => one ?? []);
  return (
    <>
      {shown.map(({ models, value, interval }) => (
        <span key={models.join('+')} class="line-of-run">
          {pairLabel(models)}: SyncR² <b>{decimals(value)}</b>{' '}
          <span class="number">{interval ? endsText([interval.low, interval.high]) : ''}</span>
        </span>
      ))}
      {shown.length < pairs.length && (
        <span class="soft">the highest and the lowest of {pairs.length} pairs</span>
      )}
    </>
  );
}
