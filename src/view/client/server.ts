// What a served page asks of its server.

import type { LiveView } from '../components/live-screen.tsx';
import type { PromptAnswer } from '../components/navigate.ts';
import type { PageData } from '../data.ts';
import { fold, type LiveEvent, type LiveState, NO_RUN } from '../live-state.ts';
import type { RunRow } from '../run-row.ts';

async function ask<Answer>(path: string): Promise<Answer> {
  const response = await fetch(path);
  if (!response.ok) throw new Error((await response.text()).slice(0, 500));
  // The server is the program that this page came from.
  return (await response.json()) as Answer;
}

/** The present document; undefined if the run has nothing to show yet. */
export async function fetchPage(): Promise<PageData | undefined> {
  return (await ask<PageData | null>('api/data')) ?? undefined;
}

/** The runs of a list. @param to the way to the list, empty on its own page */
export function fetchRuns(to = ''): Promise<readonly RunRow[]> {
  return ask<readonly RunRow[]>(`${to}api/runs`);
}

/** The document of another run of the list that this one is in. */
export async function fetchOther(name: string): Promise<PageData | undefined> {
  return (await ask<PageData | null>(`../${encodeURIComponent(name)}/api/data`)) ?? undefined;
}

/** Milliseconds between two questions for the list. */
const LIST_EVERY = 4000;

/**
 * Tells of the list, again and again as long as somebody sees it.
 *
 * @returns what ends it
 */
export function followRuns(onRuns: (runs: readonly RunRow[] | undefined) => void): () => void {
  const look = () => {
    if (document.hidden) return;
    fetchRuns().then(onRuns, () => onRuns(undefined));
  };
  look();
  const timer = setInterval(look, LIST_EVERY);
  return () => clearInterval(timer);
}

/** The prompt before a turn of an episode. */
export function askPrompt(episode: string, turn: number): Promise<PromptAnswer> {
  return ask<PromptAnswer>(`api/prompt?${new URLSearchParams({ episode, turn: String(turn) })}`);
}

/** A message of the server: the whole state, or what happened since. */
type Message =
  | {
      readonly kind: 'state';
      readonly state: LiveState;
      readonly run: LiveView['run'];
      readonly report: boolean;
    }
  | { readonly kind: 'event'; readonly event: LiveEvent }
  | { readonly kind: 'data'; readonly report: boolean };

/**
 * Tells of the run as it goes on, again after every interruption: the server begins each connection with the whole state,
 * so that nothing is counted twice.
 *
 * @param onData called when there is a new document
 * @returns what ends it
 */
export function followRun(onLive: (live: LiveView) => void, onData: () => Promise<void>): () => void {
  let live: LiveView = { state: NO_RUN, connected: true, run: 'recorded', report: false };
  const set = (change: Partial<LiveView>) => {
    live = { ...live, ...change };
    onLive(live);
  };
  const load = () =>
    void onData().catch((error: unknown) => set({ state: withError(live.state, String(error)) }));
  const source = new EventSource('api/live');
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as Message;
    if (message.kind === 'state') {
      set({ connected: true, state: message.state, run: message.run, report: message.report });
      load();
    }
    if (message.kind === 'event') set({ state: fold(live.state, message.event) });
    if (message.kind === 'data') {
      set({ report: message.report });
      load();
    }
  };
  source.onerror = () => set({ connected: false });
  return () => source.close();
}

function withError(state: LiveState, message: string): LiveState {
  return state.errors.includes(message) ? state : { ...state, errors: [...state.errors, message] };
}
