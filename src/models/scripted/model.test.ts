import { describe, expect, it } from 'vitest';
import { createScriptedModel } from './model.ts';

const CHAT = [{ role: 'user', content: 'Mara: Hello.\nTomas:' }] as const;
const settings = { temperature: 1, maxNewTokens: 300, seed: 's' };

describe('createScriptedModel', () => {
  it('says what its script says of the prompt and the seed, one line of it', async () => {
    const model = createScriptedModel({ replies: (prompt, { seed }) => `\n${seed} ${prompt.length} \nmore` });
    const { text, finish } = await model.converse().reply(model.tokenize(CHAT), settings);
    expect([text, finish]).toEqual([`s ${model.render(CHAT).length}`, 'line']);
  });

  it('uses every canned reply, by seed', async () => {
    const replies = ['one', 'two', 'three'];
    const model = createScriptedModel({ replies });
    const prompt = model.tokenize(CHAT);
    const conversation = model.converse();
    const said = new Set<string>();
    for (let seed = 0; seed < 40; seed++)
      said.add((await conversation.reply(prompt, { ...settings, seed: `${seed}` })).text);
    expect([...said].sort()).toEqual(replies.toSorted());
  });

  it('has states that prompts with the same ending share, the more the shallower the layer', async () => {
    const model = createScriptedModel({ replies: ['x'] });
    const states = async (text: string) => (await model.converse().read([...Buffer.from(text)])).states;
    const ending = ' and so they talked about the boat for a while.';
    const [a, b, c] = await Promise.all([
      states(`One${ending}`),
      states(`Two${ending}`),
      states('Other words.'),
    ]);
    const distance = (x: Float32Array, y: Float32Array, layer: number) =>
      Math.hypot(...x.subarray(layer * 16, layer * 16 + 16).map((value, d) => value - y[layer * 16 + d]!));
    expect(distance(a, b, 0)).toBeLessThan(0.2 * distance(a, c, 0));
    expect(distance(a, b, 0)).toBeLessThan(distance(a, b, 3));
  });

  it('has a revision of its own for every script and size', () => {
    const revision = (options: object) => createScriptedModel({ replies: ['a'], ...options }).info.revision;
    const all = [{}, { replies: ['b'] }, { layers: 3 }, { hiddenSize: 8 }, { replies: () => 'a' }].map(
      revision,
    );
    expect(new Set(all).size).toBe(5);
    expect(createScriptedModel({ replies: ['a'], layers: 3, hiddenSize: 5 }).info).toMatchObject({
      layers: 3,
      hiddenSize: 5,
      architecture: 'scripted',
    });
  });

  it('refuses to have nothing to say', () => {
    expect(() => createScriptedModel({ replies: [] })).toThrow('at least one reply');
  });

  it('takes no changes of its states, and says so', async () => {
    const model = createScriptedModel({ replies: ['x'] });
    const change = { tokens: 'prompt' as const, layers: [{ layer: 0, add: new Float32Array(16) }] };
    await expect(model.converse().read([1], change)).rejects.toThrow('takes no changes of its states');
    await expect(model.converse().reply([1], settings, change)).rejects.toThrow('interventions');
  });
});
