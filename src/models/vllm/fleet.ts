// Several servers for one model: the least busy one is asked, one that fails is left until it answers again, and a request
// that was under way there goes to another. With none left, there is a bounded wait for one to come back.

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, RemoteFailure } from '../../errors.ts';
import { Refused, shownUrl } from '../../http/failures.ts';
import type { Probed } from './probe.ts';
import type { Answer, AskOptions, ServerSettings } from './server.ts';

interface FleetOptions {
  readonly settings: readonly ServerSettings[];
  /** Connects to a server and checks it. */
  readonly probe: (settings: ServerSettings, signal: AbortSignal) => Promise<Probed>;
  /** Seconds to wait for a server when none answers. */
  readonly patience: number;
  /** Seconds between two looks at a server that is away; 5 by default. */
  readonly look?: number;
  /** Ends every look at a server. */
  readonly signal: AbortSignal;
}

/** A server, and whether it is there. */
interface Member {
  readonly settings: ServerSettings;
  /** Absent while it is away. */
  probed: Probed | undefined;
  busy: number;
  /** Why it is away. */
  reason: unknown;
  /** When to look whether it is back, by the clock of `performance`. */
  lookAt: number;
  looking: Promise<void> | undefined;
}

/** How often one request may fail on servers that answer otherwise. */
const ATTEMPTS = 5;

export class Fleet {
  readonly #members: readonly Member[];
  readonly #options: FleetOptions;
  readonly #look: number;

  private constructor(options: FleetOptions) {
    this.#options = options;
    this.#look = options.look ?? 5;
    this.#members = options.settings.map((settings) => ({
      ...{ settings, probed: undefined, busy: 0, reason: undefined, lookAt: 0, looking: undefined },
    }));
  }

  /**
   * Connects to all servers. One that is away is looked for again later, as long as there is another.
   *
   * @throws RemoteFailure if none answers; BadInput or ModelMismatch for one that is not what the study says
   */
  static async connect(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    await Promise.all(fleet.#members.map((member) => fleet.#lookFor(member)));
    options.signal.throwIfAborted();
    const wrong = fleet.#members.find(
      ({ reason }) => reason !== undefined && !(reason instanceof RemoteFailure),
    );
    if (wrong) throw wrong.reason;
    if (fleet.present.length === 0) throw fleet.#members[0]?.reason;
    return fleet;
  }

  /** The servers that are there. */
  get present(): readonly Probed[] {
    return this.#members.flatMap(({ probed }) => probed ?? []);
  }

  /** Those that are away, with why: `http://gpu2:8000/v1: cannot be reached (ECONNREFUSED)`. */
  get away(): readonly string[] {
    return this.#members.flatMap(({ probed, reason }) => (probed ? [] : [messageOf(reason)]));
  }

  /**
   * Asks the least busy server, and another one if that fails.
   *
   * @throws Refused, BadInput or ModelMismatch at once; RemoteFailure once it has failed too often, or no server is back
   *   in time; the signal's reason when aborted
   */
  async ask(prompt: readonly number[], options: AskOptions): Promise<Answer> {
    const { signal } = options;
    for (let failures = 1; ; failures++) {
      signal?.throwIfAborted();
      const { member, probed } = await this.#choose(signal);
      try {
        return await probed.server.ask(prompt, options);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof RemoteFailure) || error instanceof Refused || failures >= ATTEMPTS)
          throw error;
        // Others may have found out already, and that it is back.
        if (member.probed === probed) this.#leave(member, error);
      } finally {
        member.busy--;
      }
    }
  }

  /** Leaves a server until it has passed the probe again, and looks at once: it may have failed in this alone. */
  #leave(member: Member, reason: unknown): void {
    member.probed = undefined;
    member.reason = reason;
    member.lookAt = 0;
  }

  /** The least busy server that is there; it counts as busier from now on. */
  async #choose(signal?: AbortSignal): Promise<{ member: Member; probed: Probed }> {
    const end = performance.now() + this.#options.patience * 1000;
    for (;;) {
      this.#lookForAll();
      const ready = this.#members.filter(({ probed }) => probed !== undefined);
      const [member] = ready.toSorted((a, b) => a.busy - b.busy);
      if (member?.probed) {
        member.busy++;
        return { member, probed: member.probed };
      }
      const looking = this.#members.flatMap((one) => one.looking ?? []);
      if (looking.length > 0) await Promise.race(looking);
      else await sleep(Math.min(this.#look, 1) * 1000, undefined, signal && { signal });
      signal?.throwIfAborted();
      if (this.present.length === 0 && performance.now() > end) throw this.#given(this.#options.patience);
    }
  }

  #given(seconds: number): Error {
    const wrong = this.#members.find(({ reason }) => !(reason instanceof RemoteFailure));
    if (wrong) return wrong.reason instanceof Error ? wrong.reason : new Error(String(wrong.reason));
    const where = this.#members.map(({ settings }) => shownUrl(settings.url)).join(', ');
    return new RemoteFailure(
      where,
      `no server has answered for ${seconds} s (${this.away.at(-1)}); start it again, then interbrain run goes on where it stopped`,
    );
  }

  #lookForAll(): void {
    for (const member of this.#members)
      if (!member.probed && !member.looking && performance.now() >= member.lookAt) {
        member.looking = this.#lookFor(member).finally(() => {
          member.looking = undefined;
        });
      }
  }

  /** Never rejects: why a server is away is kept with it. */
  async #lookFor(member: Member): Promise<void> {
    try {
      member.probed = await this.#options.probe(member.settings, this.#options.signal);
      member.reason = undefined;
    } catch (error) {
      member.reason = error;
      member.lookAt = performance.now() + this.#look * 1000;
    }
  }
}
