import { expect, it } from 'vitest';
import { sampleAbilities } from '../../../test/sample-abilities.ts';
import { sampleReport } from '../../../test/sample-report.ts';
import { buildReport } from '../report.ts';
import { abilitiesSection, abilitiesTable } from './abilities-section.ts';

const abilities = sampleAbilities();
const text = (more = {}) => abilitiesSection({ ...sampleReport(), abilities, ...more })?.text ?? '';

it('says of every value what it is and where it is from', () => {
  const page = text();
  expect(page).toContain('small-llama (toy)');
  expect(page).toContain('0.412 ± 0.021');
  expect(page).toContain('run here on 540 of 540 prompts of input_data.jsonl');
  expect(page).toContain('given in the study file; Open LLM Leaderboard, March 2025');
  expect(page).toContain('given in the study file; it names no source');
  expect(page).toContain('12 prompts longer than the context lost their beginning');
  expect(page).toContain('murder mysteries');
  expect(page).not.toContain('/home/');
});

it('is not there without abilities, nor is the table', async () => {
  expect(text({ abilities: [] })).toBe('');
  expect((await buildReport(sampleReport())).has('tables/abilities.csv')).toBe(false);
  const files = await buildReport({ ...sampleReport(), abilities });
  expect(files.get('tables/abilities.csv')).toBe(abilitiesTable(abilities));
  expect(String(files.get('index.html'))).toContain('href="#abilities"');
});

it('has every score in its table', () => {
  const lines = abilitiesTable(abilities).trim().split('\r\n');
  expect(lines[0]).toMatch(/^model,benchmark,score,value,standard_error,n,stands_for_ability,source/);
  expect(lines).toContainEqual(expect.stringMatching(/^small-llama,IFEval,strict,0.412,0.021,540,true,/));
  expect(lines).toContainEqual(
    expect.stringMatching(/^small-llama,IFEval,promptStrict,0.35,0.02,540,false,/),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(/^small-mistral,IFEval,,0.44,,,true,"Open LLM Leaderboard/),
  );
});
