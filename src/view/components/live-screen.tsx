// A run while it is under way: stages with bars, conversations turn by turn, counters, what went wrong.

import { useEffect, useState } from 'preact/hooks';
import { decimals } from '../../figures/number-text.ts';
import type { LiveStage, LiveState, LiveTalk } from '../live-state.ts';
import { routeText } from '../routes.ts';
import { durationText } from './duration.ts';
import { Previews } from './previews.tsx';
import { Workers } from './workers.tsx';

/** What the server says of itself and of the run. */
export interface LiveView {
  readonly state: LiveState;
  /** Whether the server answers. */
  readonly connected: boolean;
  /** What is in the run’s folder: nothing yet, a run without a record of events, or one with it. */
  readonly run: 'absent' | 'silent' | 'recorded';
  /** Whether a report is written that can be linked. */
  readonly report: boolean;
}

/** Seconds without an event after which a run may have stopped. */
const SILENCE = 120;

export function LiveScreen({ live }: { readonly live: LiveView }) {
  const { state, connected, run } = live;
  const now = useNow(state.outcome === undefined);
  return (
    <section>
      <h2>{heading(live, now)}</h2>
      <Progress stages={state.stages} now={now} />
      {!connected && (
        <p class="banner" role="alert">
          The server does not answer. This page asks again by itself; the run does not depend on it.
        </p>
      )}
      {run === 'silent' && (
        <p class="banner">
          This run keeps no record of events (live.ndjson): it was run with --no-live, or by an older
          interbrain. What is in its folder is shown as usual.
        </p>
      )}
      {state.preparing !== undefined && <p role="status">{state.preparing}</p>}
      <Stages stages={state.stages} now={now} />
      <Counters state={state} />
      <Messages title="What went wrong" all={state.errors} />
      <Messages title="Warnings" all={state.warnings} />
      {state.outcome !== undefined && (
        <p>
          <a class="button" href={routeText({ screen: 'overview' })}>
            To the results
          </a>
        </p>
      )}
      <Workers workers={state.workers} now={now} />
      {state.outcome === undefined && <Previews previews={state.previews} />}
      <Wall
        talks={state.talks}
        title={state.outcome === undefined ? 'Conversations of the moment' : 'The last conversations'}
      />
    </section>
  );
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}

function heading({ state, run }: LiveView, now: number): string {
  if (run === 'absent') return 'Waiting for the run to begin';
  if (state.outcome === 'done') return `${state.study}: done`;
  if (state.outcome !== undefined)
    return `${state.study}: ${state.outcome === 'failed' ? 'ended with failures' : 'stopped'}`;
  if (state.began === undefined)
    return state.last === undefined ? 'No run is under way' : 'The run is made ready';
  const silence = state.last === undefined ? 0 : (now - Date.parse(state.last)) / 1000;
  const since = durationText((now - Date.parse(state.began)) / 1000);
  if (silence > SILENCE)
    return `${state.study}: nothing heard for ${durationText(silence)}; it may have been stopped`;
  return `${state.study}: running for ${since}`;
}

/** Where the run is: the stage under way, how fast it goes and how long it will still take. */
function Progress({ stages, now }: { readonly stages: readonly LiveStage[]; readonly now: number }) {
  const place = stages.findIndex(({ state }) => state === 'running');
  const stage = stages[place];
  if (!stage) return null;
  const { stage: name, unit, done, total } = stage;
  const { rate, left } = paceOf(stage, now);
  const text = [
    `stage ${place + 1} of ${stages.length}: ${name}`,
    `${Math.floor(done)} of ${total} ${unit}`,
    ...(rate === undefined ? [] : [`${decimals(rate, rate < 10 ? 1 : 0)} a second`]),
    ...(left === undefined ? [] : [`about ${durationText(left)} left of this stage`]),
  ];
  return <p class="progress-line">{text.join(' · ')}</p>;
}

/** Units a second and seconds to go; nothing as long as too little is done to say so. */
function paceOf({ began, done, skipped, total }: LiveStage, now: number) {
  const passed = began === undefined ? 0 : (now - Date.parse(began)) / 1000;
  const made = done - skipped;
  if (made <= 0 || passed <= 5) return { passed };
  return { passed, rate: made / passed, left: (passed / made) * (total - done) };
}

function Stages({ stages, now }: { readonly stages: readonly LiveStage[]; readonly now: number }) {
  if (stages.length === 0) return null;
  return (
    <table class="stages">
      <caption>Stages</caption>
      <tbody>
        {stages.map((one) => (
          <tr key={one.stage} class={one.state.replace(' ', '-')}>
            <th scope="row">{one.stage}</th>
            <td>
              <progress
                max={Math.max(1, one.total)}
                value={one.state === 'done' && one.total === 0 ? 1 : one.done}
                aria-label={one.stage}
              />
            </td>
            <td class="number">
              {Math.floor(one.done)} / {one.total} {one.unit}
            </td>
            <td class="soft">{stageText(one, now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function stageText(stage: LiveStage, now: number): string {
  const { state, seconds, skipped, detail } = stage;
  if (state === 'waiting') return 'waiting';
  if (state !== 'running')
    return `${state}${seconds === undefined ? '' : `, ${durationText(seconds)}`}${skipped > 0 ? `; ${skipped} were there` : ''}`;
  const { passed, left } = paceOf(stage, now);
  const rest = left === undefined ? '' : `, about ${durationText(left)} left`;
  return `${durationText(passed)}${rest}${detail === undefined ? '' : `; ${detail}`}`;
}

function Counters({ state: { counts, began } }: { readonly state: LiveState }) {
  if (began === undefined || counts.turns + counts.episodes === 0) return null;
  const endings = Object.entries(counts.endings).map(
    ([ending, count]) => `${ending === 'rounds' ? 'rounds over' : ending} ${count}`,
  );
  const mean =
    counts.episodes > 0 ? `; ${decimals(counts.rounds / counts.episodes, 1)} rounds on average` : '';
  return (
    <p>
      Since it was begun: {counts.turns} utterances, {counts.episodes} conversations ended
      {endings.length > 0 ? ` (${endings.join(', ')})` : ''}
      {mean}.
    </p>
  );
}

function Messages({ title, all }: { readonly title: string; readonly all: readonly string[] }) {
  if (all.length === 0) return null;
  return (
    <details open class="warnings">
      <summary>
        {title}: {all.length}
      </summary>
      <ul>
        {all.map((message, i) => (
          <li key={`${i} ${message}`}>{message}</li>
        ))}
      </ul>
    </details>
  );
}

function Wall({ talks, title }: { readonly talks: readonly LiveTalk[]; readonly title: string }) {
  if (talks.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <div class="wall">
        {talks.map((talk) => (
          <Talk key={talk.key} talk={talk} />
        ))}
      </div>
    </section>
  );
}

const LAST_TURNS = 4;

function Talk({ talk: { models, seed, interaction, turns, ending } }: { readonly talk: LiveTalk }) {
  return (
    <article class={ending === undefined ? 'card' : 'card over'}>
      <h4>{models.join(' → ')}</h4>
      <p class="source">
        {interaction}, seed {seed}
        {ending === undefined ? '' : `; ended: ${ending === 'rounds' ? 'rounds over' : ending}`}
      </p>
      <ol class="turns">
        {turns.slice(-LAST_TURNS).map(({ round, seat, speaker, text }) => (
          <li key={`${round} ${seat}`} class={`turn ${seat === 'A' ? 'a' : 'b'}`}>
            <div class="who">
              {speaker} <span>round {round}</span>
            </div>
            <p dir="auto">{text}</p>
          </li>
        ))}
      </ol>
    </article>
  );
}
