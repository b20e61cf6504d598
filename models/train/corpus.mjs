// Writes the training corpus of the embedded models: node models/train/corpus.mjs OUT.jsonl [dialogues] [seed]
// One line per agent's view of a dialogue: {"prompt": text up to the first utterance, "lines": […], "names": […]}.
// Cases whose signature occurs in the embedded world are left out. Needs `npm run build`.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { embeddedPrompts } from '../../dist/models/embedded.js';
import { createRandom } from '../../dist/numerics/random.js';
import { viewOf } from '../../dist/prompts/view.js';
import { smallWorldCases, toScenario } from '../../dist/scenarios/world.js';
import { drawCase, KINDS } from '../../dist/scenarios/world-cases.js';
import { drawCast } from '../../dist/scenarios/world-characters.js';
import { drawDialogue } from '../../dist/scenarios/world-dialogue.js';

const [out, count = '40000', seed = 'corpus 1'] = process.argv.slice(2);
if (!out) throw new Error('usage: node models/train/corpus.mjs OUT.jsonl [dialogues] [seed]');
/** All that stands before the dialogue. */
function background(view) {
  const [{ content }] = embeddedPrompts().render('agent', view, []);
  return content.slice(0, content.lastIndexOf('\n\n'));
}

const heldOut = new Set(smallWorldCases().map((drawn) => drawn.signature));
const file = createWriteStream(out);
let written = 0;
for (let index = 0; written < Number(count); index++) {
  const random = createRandom(`${seed}: ${index}`);
  const drawn = drawCase(random, KINDS[index % KINDS.length]);
  if (heldOut.has(drawn.signature)) continue;
  const characters = drawCast(random, 2);
  const relationship = drawn.relationships[random.integer(drawn.relationships.length)];
  const lines = drawDialogue(random, drawn, characters, relationship);
  if (lines.length > 16) continue;
  const scenario = toScenario(drawn, 'training', relationship);
  const interaction = { id: 'training', scenario: 'training', characters: ['', ''] };
  for (const seat of ['A', 'B']) {
    const view = viewOf({ interaction, scenario, characters }, seat);
    const entry = {
      kind: drawn.kind,
      prompt: background(view),
      own: view.self.name,
      partner: view.partner.name,
      lines: lines.map((line) => ({ own: (line.seat === 0) === (seat === 'A'), text: line.text })),
    };
    if (!file.write(`${JSON.stringify(entry)}\n`)) await once(file, 'drain');
  }
  written++;
}
file.end();
await once(file, 'finish');
