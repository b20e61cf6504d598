import { expect, it } from 'vitest';
import { BadInput } from '../errors.ts';
import { embeddedModelFolder } from './embedded.ts';
import { createScriptedModel } from './scripted/model.ts';
import { loadModel } from './sources.ts';
import { measureSpeed } from './speed.ts';

it('measures how fast a model reads and speaks', async () => {
  const model = await loadModel({ path: embeddedModelFolder('toy-llama', 'test') }, { worker: false });
  const prompt = model.tokenize([{ role: 'user', content: 'How much is the boat? '.repeat(10) }]);
  const alone = await measureSpeed(model, prompt, { rows: 1, seconds: 0.3 });
  expect(alone).toMatchObject({ promptTokens: prompt.length, rows: 1 });
  const together = await measureSpeed(model, prompt, { rows: 8, seconds: 0.3 });
  // A prompt's tokens are computed together, and so are those of eight conversations.
  expect(alone.read).toBeGreaterThan(alone.speak);
  expect(together.speak).toBeGreaterThan(alone.speak);
  await model.dispose();
}, 60_000);

it('counts the end of a reply as computed, so that a model with nothing to say has a speed', async () => {
  const model = createScriptedModel({ replies: [''] });
  const speed = await measureSpeed(model, [1, 2, 3], { seconds: 0 });
  expect(speed.rows).toBe(16);
  expect(speed.speak).toBeGreaterThan(0);
  expect(speed.read).toBeGreaterThan(0);
});

it('stops when told to, and refuses a prompt that does not fit', async () => {
  const model = createScriptedModel({ replies: ['yes'], contextLength: 4 });
  const aborted = AbortSignal.abort(new Error('enough'));
  await expect(measureSpeed(model, [1], { signal: aborted })).rejects.toThrow('enough');
  await expect(measureSpeed(model, [1, 2, 3, 4, 5])).rejects.toThrow(BadInput);
});
