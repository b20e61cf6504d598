import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { encountersOf, spread } from './encounters.ts';
import { RELATIONSHIPS, scenarioSet } from './schema.ts';
import { readSotopia } from './sotopia.ts';
import { parseTaggedText, readableBy } from './tagged-text.ts';
import { smallWorld, smallWorldCases } from './world.ts';
import { drawCase, KINDS } from './world-cases.ts';
import { drawCast } from './world-characters.ts';
import { drawDialogue } from './world-dialogue.ts';

it('parses nested tags over several lines into parts with an addressee', () => {
  const text =
    'Sell it. <extra_info>Cost: 5 & up\n<strategy_hint>Start high</strategy_hint></extra_info> <p viewer="agent_1">psst</p><p viewer="environment">judge\nonly</p>';
  const parts = parseTaggedText(text, 'here');
  expect(parts).toEqual([
    { text: 'Sell it. ' },
    { text: 'Cost: 5 & up\n', tag: 'extra_info' },
    { text: 'Start high', tag: 'strategy_hint' },
    { text: ' ' },
    { text: 'psst', viewer: 'B' },
    { text: 'judge\nonly', viewer: 'environment' },
  ]);
  expect(readableBy(parts, 'A')).toBe('Sell it. Cost: 5 & up Start high');
  expect(readableBy(parts, 'B')).toContain('psst');
  expect(readableBy(parts, 'environment')).toContain('judge only');
});

it.each([
  ['<p viewer="agent_2">x</p>', /agent_2.*viewers are agent_0, agent_1, environment/],
  ['<b>x</b>', /unknown tag <b>/],
  ['<extra_info>x', /<extra_info> is not closed/],
  ['x < p viewer="environment">HIDDEN</p>', /is no tag as it should be/],
  ['x </p> y', /closes what is not open/],
  ['<p viewer="constructor">HIDDEN</p>', /names no viewer/],
  ['<p viewer="environment" HIDDEN</p>', /is no tag as it should be/],
  ['<pviewer="environment">HIDDEN</p>', /closes what is not open/],
  ['<p viewer="agent_0" viewer="environment">HIDDEN</p>', /has viewer besides/],
  ['<P viewer="environment">HIDDEN</P>', /unknown tag <P>/],
  ['<!-- HIDDEN -->', /is no tag as it should be/],
  ['<![CDATA[<p viewer="environment">HIDDEN</p>]]>', /is no tag as it should be/],
  ['<?x HIDDEN ?>', /is no tag as it should be/],
])('refuses %s rather than guess what it hides', (text, message) => {
  expect(() => parseTaggedText(text, 'envs.json x')).toThrow(message);
});

it.each([
  'A & B: price < 5 and x<y, I <3 boats',
  'Write to <mara@example.org> about it',
  'a <- b',
])('takes %s for text', (text) => {
  expect(parseTaggedText(text, 'here')).toEqual([{ text }]);
});

const raw = {
  envs: {
    e1: {
      pk: 'e1',
      codename: 'one',
      source: 'ours',
      scenario: 'Two people meet. <p viewer="environment">Both lie.</p>',
      agent_goals: ['Win.', 'Draw.'],
      relationship: 3,
      unknown: 1,
    },
  },
  agents: [1, 2].map((n) => ({
    pk: `a${n}`,
    first_name: `N${n}`,
    last_name: 'X',
    age: 30,
    occupation: 'cook',
    gender: 'Woman',
    gender_pronoun: 'She/her',
    public_info: 'Cooks.',
    personality_and_values: 'Kind.',
    secret: 'None.',
  })),
  combos: [{ pk: 'c1', env_id: 'e1', agent_ids: ['a1', 'a2'] }],
};

function folderWith(files: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), 'interbrain-sotopia-'));
  for (const [name, value] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return folder;
}

const files = { 'envs.json': raw.envs, 'agents.json': raw.agents, 'env_agent_combos.json': raw.combos };

it('reads the Sotopia layout from a folder and from an address alike', async () => {
  const fromFolder = await readSotopia(folderWith(files));
  expect(scenarioSet.parse(fromFolder)).toEqual(fromFolder);
  expect(fromFolder.scenarios[0]?.relationship).toBe('friend');
  expect(encountersOf(fromFolder)[0]?.characters[1].firstName).toBe('N2');
  const server = createServer((request, response) => {
    const body = files[request.url?.slice(6) as keyof typeof files];
    response.writeHead(body ? 200 : 404).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await readSotopia(`${address}/data/`)).toEqual(fromFolder);
  await expect(readSotopia(`${address}/nothing`)).rejects.toThrow(/answered 404/);
  server.close();
});

it('says which file and which entry is wrong', async () => {
  await expect(readSotopia('/no/such/folder')).rejects.toThrow(/no such folder.*envs\.json/);
  const missing = folderWith({ 'envs.json': raw.envs });
  await expect(readSotopia(missing)).rejects.toThrow(/cannot be read/);
  const bad = { e1: { ...raw.envs.e1, relationship: 9 } };
  await expect(readSotopia(folderWith({ ...files, 'envs.json': bad }))).rejects.toThrow(
    /envs\.json: entry 0: relationship/,
  );
  await expect(readSotopia(folderWith({ ...files, 'agents.json': '{' }))).rejects.toThrow(
    /agents\.json: is not JSON/,
  );
  const dangling = [{ pk: 'c1', env_id: 'e9', agent_ids: ['a1', 'a2'] }];
  const set = await readSotopia(folderWith({ ...files, 'env_agent_combos.json': dangling }));
  expect(() => encountersOf(set)).toThrow(/interaction c1: no scenario is called e9/);
});

it('reads JSON lines, a byte order mark, NaN and a character without a secret', async () => {
  const { secret: _, ...open } = Object.values(files['agents.json'])[0] as Record<string, unknown>;
  const [envs, agents, combos] = [
    files['envs.json'],
    files['agents.json'],
    files['env_agent_combos.json'],
  ].map((file) => Object.values(file as object).map((entry) => JSON.stringify(entry))) as [
    string[],
    string[],
    string[],
  ];
  const folder = folderWith(files);
  writeFileSync(join(folder, 'envs.json'), `\ufeff[${envs.join().replace('"unknown":1', '"unknown":NaN')}]`);
  writeFileSync(join(folder, 'agents.json'), [JSON.stringify(open), ...agents.slice(1)].join('\n'));
  writeFileSync(join(folder, 'env_agent_combos.json'), `[${combos.join()}]`);
  const set = await readSotopia(folder);
  expect(set.characters[0]?.secret).toBe('');
  expect(set.scenarios).toHaveLength(1);
});

it('draws the same small world every time, in the same schema as any other', () => {
  const world = smallWorld();
  expect(smallWorld()).toEqual(world);
  expect(scenarioSet.parse(world)).toEqual(world);
  expect(world.characters.length).toBeGreaterThanOrEqual(12);
  expect(world.scenarios.length).toBeGreaterThanOrEqual(30);
  expect(new Set(world.scenarios.map((entry) => entry.source))).toEqual(new Set(KINDS));
  expect(new Set(world.characters.map((entry) => entry.firstName)).size).toBe(world.characters.length);
  expect(new Set(smallWorldCases().map((drawn) => drawn.signature)).size).toBe(36);
  for (const entry of encountersOf(world)) {
    expect(entry.characters[0].id).not.toBe(entry.characters[1].id);
    expect(RELATIONSHIPS).toContain(entry.scenario.relationship);
  }
  expect(spread(world.interactions, 36, 'here')).toHaveLength(36);
  expect(() => spread(world.interactions, 181, 'study.yaml')).toThrow(/181 .* there are 180/);
});

it('talks every case through: ends with a leave, agrees only on what both goals allow', () => {
  let agreed = 0;
  for (let index = 0; index < 600; index++) {
    const random = createRandom(`dialogue test ${index}`);
    const drawn = drawCase(random, KINDS[index % KINDS.length]!);
    const [a, b] = drawCast(random, 2);
    const lines = drawDialogue(random, drawn, [a!, b!], drawn.relationships[0]!);
    expect(lines.at(-1)?.text).toMatch(/LEAVE$/);
    expect(lines.filter((line) => line.text.includes('LEAVE'))).toHaveLength(1);
    for (const [position, line] of lines.entries()) {
      expect(line.seat).toBe(position % 2);
      expect(line.text).not.toMatch(/[{}]|undefined/);
    }
    const accepted = lines.find((line) => line.text.includes('Agreed'));
    if (!accepted) continue;
    agreed++;
    const key = [...drawn.ladders[0], ...drawn.ladders[1]].find((terms) =>
      accepted.text.includes(terms.clause[accepted.seat]),
    )?.key;
    const allows = (rule: (typeof drawn.rules)[number], seat: 0 | 1) => {
      if (rule.kind === 'price')
        return rule.role === 'buyer' ? Number(key) <= rule.limit : Number(key) >= rule.limit;
      if (rule.kind === 'items') return key?.split('+').includes(rule.must) === (seat === 0);
      return rule.accept.includes(key ?? '');
    };
    expect(drawn.rules.map((rule, seat) => allows(rule, seat as 0 | 1))).toEqual([true, true]);
  }
  expect(agreed).toBeGreaterThan(400);
  expect(agreed).toBeLessThan(600);
});
