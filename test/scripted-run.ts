// A whole run in seconds: two scripted models in both seats, eight interactions of three rounds, as `interbrain run` would
// play them, with its events in live.ndjson.

import { createScriptedModel } from '../src/models/scripted/model.ts';
import { createRandom } from '../src/numerics/random.ts';
import { writeReport } from '../src/report/write.ts';
import { encountersOf } from '../src/scenarios/encounters.ts';
import { smallWorld } from '../src/scenarios/world.ts';
import { createLiveWriter } from '../src/serve/live-file.ts';
import type { StudyEvent } from '../src/studies/events.ts';
import { runStudy } from '../src/studies/run-study.ts';
import { studyOf } from './run-stage.ts';

/** What would be seen if an utterance were taken as markup. */
export const ATTACK =
  '<img src=x onerror="document.title=\'attacked\'"><script>document.title="attacked"</script>';

const talker = (id: string, layers: number) =>
  createScriptedModel({
    ...{ id, layers, hiddenSize: 4 },
    replies: (prompt, { seed }) =>
      `I say ${createRandom(`${id}/${seed}/${prompt.length}`).integer(90)} ${ATTACK}`,
  });

interface PlayOptions {
  readonly layers?: readonly [number, number];
  readonly on?: (event: StudyEvent) => void;
  readonly name?: string;
}

/** Plays and measures; `a` and `b` have 5 and 4 layers by default. */
export async function play(run: string, { layers = [5, 4], on, name = 'test' }: PlayOptions = {}) {
  const world = smallWorld();
  const encounters = encountersOf(world).filter((_, index) => index % 24 === 0);
  const scenarios = { ...world, interactions: encounters.map(({ interaction }) => interaction) };
  const opened = studyOf(
    run,
    ['a', 'b'],
    {
      ...{ name, simulation: { seeds: [0], rounds: 3 }, pairs: [['a', 'b']] },
      ...{ judge: 'rule', contributions: true },
      synchrony: { samples: 'all', splitSeeds: [0, 1], intervals: false, lambda: 1 },
    },
    { encounters, scenarios },
  ).with({ source: { file: 'study.yaml', text: `name: ${name}\n` } });
  const writer = createLiveWriter(run);
  const models = new Map([
    ['a', talker('a', layers[0])],
    ['b', talker('b', layers[1])],
  ]);
  const outcome = await runStudy(opened, {
    models,
    on(event) {
      writer.on(event);
      on?.(event);
    },
    report: async (at) => (await writeReport(at)).page,
  });
  writer.close();
  return outcome;
}
