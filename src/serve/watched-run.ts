// A run's folder as the server sees it: its events, and its document, made again when there is something new. The running
// process is never asked; so it does not matter where it runs, or whether it does.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InterbrainError } from '../errors.ts';
import { readEpisode } from '../recordings/recording.ts';
import { isRunLocked } from '../recordings/run-lock.ts';
import { gatherExplorer } from '../report/explorer/gather-page.ts';
import { openSource } from '../report/source.ts';
import type { LiveView } from '../view/components/live-screen.tsx';
import { checkPage, type PageData } from '../view/data.ts';
import { type LiveEvent, type LiveState, NO_RUN, talkKey } from '../view/live-state.ts';
import { LiveFollower } from './follow.ts';
import { livePath } from './live-file.ts';
import { dueShare, PreviewRunner } from './preview-runner.ts';

/** Milliseconds between two looks at the events. */
const EVERY = 400;
/** While a run goes on, its document is made again so many times longer apart than it takes. */
const PAUSES = 10;
/** Milliseconds of silence after which it is asked whether the run's process is there. */
const SILENCE = 3000;
/** Bytes of what was said in a document that is sent. */
const TRANSCRIPTS = 48e6;

/** What a listener is told. */
export type Told =
  | { readonly kind: 'event'; readonly event: LiveEvent }
  | {
      readonly kind: 'state';
      readonly state: LiveState;
      readonly run: LiveView['run'];
      readonly report: boolean;
    }
  | { readonly kind: 'data'; readonly report: boolean };

export class WatchedRun {
  readonly run: string;
  readonly #follower: LiveFollower;
  readonly #listeners = new Set<(told: Told) => void>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #page: { readonly text: string; readonly page: PageData } | undefined;
  #making: Promise<void> | undefined;
  /** Whether there are results that the document may not have. */
  #stale = true;
  #notBefore = 0;
  #present = false;
  readonly #previews: PreviewRunner;
  #looked = 0;
  #heard = Date.now();

  constructor(run: string) {
    this.run = run;
    this.#previews = new PreviewRunner(run);
    this.#follower = new LiveFollower(livePath(run), (event) => this.#endOf(event));
  }

  /** Looks at the run from now on. */
  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, EVERY);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#previews.close();
    await this.#looking;
    await this.#making;
  }

  /** @returns what ends it */
  listen(listener: (told: Told) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#whole());
    return () => this.#listeners.delete(listener);
  }

  /** The document as JSON; `null` as long as there is no run. Throws what makes it impossible to read. */
  async document(): Promise<string> {
    if (this.#stale && Date.now() >= this.#notBefore) await this.#make();
    return this.#page?.text ?? 'null';
  }

  #whole(): Told {
    const { state, found } = this.#follower;
    const run = found ? 'recorded' : existsSync(join(this.run, 'manifest.json')) ? 'silent' : 'absent';
    return { kind: 'state', state: found ? state : NO_RUN, run, report: this.#hasReport() };
  }

  #hasReport(): boolean {
    return existsSync(join(this.run, 'report', 'index.html'));
  }

  #tell(told: Told): void {
    for (const listener of this.#listeners) listener(told);
  }

  async #look(): Promise<void> {
    const { found } = this.#follower;
    const events = await this.#follower.look().catch((): readonly LiveEvent[] => []);
    if (events === 'again' || events.length > 0) this.#heard = Date.now();
    else await this.#lookForProcess();
    const present = existsSync(join(this.run, 'manifest.json'));
    // The first events of a run come after its manifest.
    const other = events === 'again' || present !== this.#present || found !== this.#follower.found;
    if (other) this.#tell(this.#whole());
    else for (const event of events) this.#tell({ kind: 'event', event });
    if (events === 'again' || events.some(({ type }) => type === 'run-begins')) this.#looked = 0;
    if (this.#listeners.size > 0 && !this.#previews.busy) void this.#preview();
    if (other || events.some(isResult)) this.#stale = true;
    this.#present = present;
    const ended =
      events !== 'again' && events.some(({ type }) => type === 'run-ends' || type === 'stage-ends');
    if (this.#stale && this.#listeners.size > 0 && (ended || Date.now() >= this.#notBefore))
      void this.#make().then(
        () => this.#tell({ kind: 'data', report: this.#hasReport() }),
        // Who asks for the document is told what is wrong with the run.
        () => {},
      );
  }

  /** A run that was killed says nothing of its end: its lock does, on its own machine. */
  async #lookForProcess(): Promise<void> {
    const { began, outcome } = this.#follower.state;
    if (began === undefined || outcome !== undefined || Date.now() - this.#heard < SILENCE) return;
    this.#heard = Date.now();
    if (await isRunLocked(this.run).catch(() => true)) return;
    const event: LiveEvent = { type: 'gone', time: new Date().toISOString() };
    // Its end may have been written just now.
    const more = await this.#follower.look().catch((): readonly LiveEvent[] => []);
    if (more.length === 0) {
      this.#follower.note(event);
      this.#tell({ kind: 'event', event });
      return;
    }
    this.#stale = true;
    this.#tell(this.#whole());
  }

  /** A first look at synchrony, if it is due and somebody watches; of a run that has begun anew meanwhile it is of no use. */
  async #preview(): Promise<void> {
    const { began } = this.#follower.state;
    const share = dueShare(this.#follower.state, this.#looked);
    if (share === undefined) return;
    this.#looked = share;
    const found = await this.#previews.look();
    if (found === undefined || this.#follower.state.began !== began) return;
    const event: LiveEvent = { type: 'preview', time: new Date().toISOString(), ...found };
    this.#follower.note(event);
    this.#tell({ kind: 'event', event });
  }

  #make(): Promise<void> {
    this.#making ??= this.#gather().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #gather(): Promise<void> {
    if (!existsSync(join(this.run, 'manifest.json'))) return;
    const began = Date.now();
    this.#stale = false;
    try {
      const { page } = await gatherExplorer(await openSource(this.run), TRANSCRIPTS);
      this.#page = { page, text: JSON.stringify(checkPage(page)) };
    } catch (error) {
      this.#stale = true;
      throw error;
    } finally {
      const now = Date.now();
      this.#notBefore = now + Math.max(2000, PAUSES * (now - began));
    }
  }

  /** How an episode ended that was just recorded, from its file. */
  async #endOf(event: LiveEvent): Promise<readonly LiveEvent[]> {
    if (event.type !== 'task-done' || !/^episodes[\\/]/.test(event.task) || event.task.includes('..'))
      return [];
    try {
      const { models, seed, interaction, variant, ending, turns } = await readEpisode(
        join(this.run, event.task),
      );
      if (variant !== undefined) return [];
      const key = talkKey(models, seed, interaction);
      return [{ type: 'ended', time: event.time, key, ending, rounds: turns.at(-1)?.round ?? 0 }];
    } catch (error) {
      // A file that is gone or damaged meanwhile has no ending to tell.
      if (error instanceof InterbrainError) return [];
      throw error;
    }
  }
}

const isResult = ({ type }: LiveEvent) =>
  type === 'task-done' || type === 'stage-ends' || type === 'run-ends';
