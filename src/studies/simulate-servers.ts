// How long a study's episodes would take on so many servers, each as fast as the one that was measured: the episodes are gone
// through turn by turn, with servers that share their time among what they have to do.
//
// Assumed: every server has every model, and is as fast as was measured whichever of them it computes; a turn is the mean
// turn; reading takes a server's time as it does alone; of n replies at once each gets n^(a−1) of the speed of one, where a
// is what was measured between one and several; nothing else is done meanwhile.

/** How fast a server is, tokens per second. */
interface ServerRate {
  readonly read: number;
  /** Of one reply. */
  readonly alone: number;
  /** Of all of `rows` replies together. */
  readonly together: number;
  readonly rows: number;
}

/** A study's episodes on the average. */
export interface SimulatedStudy {
  readonly episodes: number;
  /** Turns of an episode. */
  readonly turns: number;
  /** Tokens of a turn that are read anew, and those that are spoken. */
  readonly read: number;
  readonly spoken: number;
  readonly rate: ServerRate;
  /** Requests at once on each server, at most. */
  readonly atOnce: number;
}

interface Request {
  /** Index of the episode. */
  readonly episode: number;
  /** Seconds of reading alone, and tokens to speak, that are left. */
  reading: number;
  speaking: number;
}

/** Seconds for all episodes on `servers` servers. */
export function simulateServers(study: SimulatedStudy, servers: number): number {
  const queues = Array.from({ length: servers }, (_, server) =>
    simulateOne({ ...study, episodes: shareOf(study.episodes, servers, server) }),
  );
  return Math.max(0, ...queues);
}

/** Episodes are dealt out evenly: with many of them the least busy server comes to the same. */
const shareOf = (episodes: number, servers: number, server: number) =>
  Math.floor(episodes / servers) + (server < episodes % servers ? 1 : 0);

function simulateOne({ episodes, turns, read, spoken, rate, atOnce }: SimulatedStudy): number {
  const gain = rate.rows > 1 ? Math.log(rate.together / rate.alone) / Math.log(rate.rows) : 1;
  const turnsLeft = Array.from({ length: episodes }, () => turns);
  let [next, now] = [0, 0];
  const running: Request[] = [];
  const begin = (episode: number) => {
    const part = Math.min(1, turnsLeft[episode] ?? 0);
    turnsLeft[episode] = (turnsLeft[episode] ?? 0) - part;
    running.push({ episode, reading: (part * read) / rate.read, speaking: part * spoken });
  };
  while (next < episodes || running.length > 0) {
    while (running.length < atOnce && next < episodes) begin(next++);
    const speakers = running.filter(({ reading }) => reading <= 0).length;
    // What is read and what is spoken share the server by their number.
    const share = 1 / running.length;
    const pace = speakers === 0 ? 0 : (rate.alone * speakers ** gain * (speakers * share)) / speakers;
    const step = Math.min(
      ...running.map(({ reading, speaking }) => (reading > 0 ? reading / share : speaking / pace)),
    );
    now += step;
    for (const request of running)
      if (request.reading > 0) request.reading -= share * step;
      else request.speaking -= pace * step;
    for (const done of running.filter(isDone)) {
      running.splice(running.indexOf(done), 1);
      if ((turnsLeft[done.episode] ?? 0) > 1e-9) begin(done.episode);
    }
  }
  return now;
}

/** What is left is rounding. */
function isDone(request: Request): boolean {
  if (request.reading < 1e-12) request.reading = 0;
  return request.reading <= 0 && request.speaking < 1e-9;
}
