// What the page says of the study itself, and of what it does not show.

import { describe, expect, it } from 'vitest';
import { buildPages } from '../../../test/build-pages.ts';
import { openSection, tableNamed } from '../../../test/open-section.ts';
import { htmlTables, plainText, recordWith, rowNamed } from '../../../test/read-tables.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import { sampleSynchrony } from '../../../test/sample-synchrony.ts';
import { parseCondition } from '../../conditions/condition.ts';
import { episodeStatistics } from '../episodes/episode-statistics.ts';
import { gatherEpisodes } from '../episodes/gather-transcripts.ts';
import { SECTIONS } from '../sections.ts';
import { introduction } from './introduction.ts';
import { missing } from './missing.ts';
import { notes } from './notes.ts';
import { recompute } from './recompute.ts';
import { settings } from './settings-section.ts';

const textOf = async (section: Parameters<typeof openSection>[0], source = sampleReport()) =>
  plainText((await openSection(section, source)).html);

describe('what this is', () => {
  it('counts models, episodes, interactions, scenarios and seeds', async () => {
    expect(await textOf(introduction)).toContain(
      '2 language models held conversations in pairs: 12 episodes of 3 interactions from 2 scenarios (embedded small world), with 2 simulation seeds.',
    );
  });

  it('says how many of the episodes are there', async () => {
    const some = sampleReport({
      stateOf: (stage, { label }) => (stage === 'episodes' && label.includes('cleo') ? 'missing' : undefined),
    });
    expect(await textOf(introduction, some)).toContain('8 of 12 episodes of 3 interactions');
  });
});

describe('what is not shown', () => {
  it('is no section where everything is current', async () => {
    expect(await textOf(missing)).toBe('');
  });

  it('tells missing, stale and failed results of each stage, and what makes them', async () => {
    const source = fullSample({
      stateOf: (stage, { label }) => {
        if (stage === 'measure' && label.includes('passive')) return 'stale';
        if (stage === 'measure' && label.includes('lag-1')) return 'missing';
        if (stage === 'networks' && label.endsWith('A->B')) return 'failed';
        return undefined;
      },
    });
    const text = await textOf(missing, source);
    expect(text).toContain('measures: 8 missing, 16 made with other settings or of other episodes, of 56');
    expect(text).toContain('networks: 4 failed (no space left on device), of 8');
    expect(text).toContain('judgements: 4 failed (no JSON after 3 attempts), of 24');
    expect(text).not.toMatch(/episodes: |readings|abilit|sensitivity/);
    expect(text).toContain('interbrain run STUDY, with the study’s file, makes them');
  });

  it('tells which conditions cannot be measured, and that no run makes them', async () => {
    const text = await textOf(missing, { ...sampleReport(), leftOut: [parseCondition('pseudo-dyad')] });
    expect(text).toContain('condition pseudo-dyad: the interactions that were chosen give it no samples');
    expect(text).not.toContain('interbrain run STUDY');
  });

  it('tells three reasons and counts the others', async () => {
    const source = {
      ...sampleReport(),
      states: async () => [
        {
          stage: 'measure',
          results: 'measures',
          tasks: ['a', 'b', 'b', 'c', 'd', 'e'].map((message) => ({ state: 'failed' as const, message })),
        },
      ],
    };
    expect(await textOf(missing, source)).toContain('measures: 6 failed (a; b; c; and 2 more reasons), of 6');
  });

  it('stands near the top of the page', async () => {
    const files = await buildPages(
      sampleReport({ stateOf: (stage) => (stage === 'measure' ? 'stale' : undefined) }),
    );
    const page = String(files.get('index.html'));
    const ids = [...page.matchAll(/<section id="([^"]+)">/g)].map(([, id]) => id);
    expect(ids.slice(0, 3)).toEqual(['about', 'missing', 'talk']);
    expect(page).toContain('<a href="#missing">What is not shown</a>');
  });
});

describe('a page can be made of whatever there is', () => {
  it.each(['missing', 'stale', 'failed'] as const)('nothing: all is %s', async (state) => {
    const files = await buildPages(fullSample({ stateOf: () => state }));
    const page = plainText(String(files.get('index.html')).replace(/<style>[\s\S]*<\/style>/, ''));
    expect(page).toContain('0 of 24 episodes');
    expect(page).toContain('Nothing is measured yet.');
    expect(page).toContain('None is played yet.');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect([...files.keys()].filter((path) => path.startsWith('figures/'))).toEqual([]);
  });

  it('one direction of one pair in one condition', async () => {
    const source = fullSample({
      stateOf: (stage, { label }) =>
        label === 'small-llama+small-mistral A->B interactive' || stage === 'episodes'
          ? undefined
          : 'missing',
    });
    const files = await buildPages(source);
    const page = plainText(String(files.get('index.html')).replace(/<style>[\s\S]*<\/style>/, ''));
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(page).toContain('small-llama (A) → small-mistral (B): SyncR²');
    expect([...files.keys()].filter((path) => path.endsWith('.svg'))).toEqual(
      ['A-to-B', 'best-targets'].map((end) => `figures/small-llama+small-mistral+interactive+${end}.svg`),
    );
  });

  it.each(SECTIONS.map(({ id }) => id))('without the stages that %s needs it copes', async (id) => {
    const section = SECTIONS.find((one) => one.id === id)!;
    const { html, pages } = await openSection(
      section,
      fullSample({ stateOf: (stage) => (section.needs.includes(stage) ? 'missing' : undefined) }),
    );
    const shown = [...pages].filter(([path]) => path.endsWith('.html')).map(([, page]) => page);
    const words = (html + shown.join('')).replace(/<script[\s\S]*?<\/script>/g, '');
    expect(plainText(words)).not.toMatch(/NaN|undefined|Infinity/);
  });
});

it.each(SECTIONS.map(({ id }) => id))('%s names the stages that it reads', async (id) => {
  const section = SECTIONS.find((one) => one.id === id)!;
  const source = fullSample();
  const read = new Set<string>();
  await section.open({
    ...source,
    results: (stage) => {
      read.add(stage.name);
      return source.results(stage);
    },
    each: (stage) => {
      read.add(stage.name);
      return source.each(stage);
    },
  });
  expect([...read].sort()).toEqual([...section.needs].sort());
});

describe('what was run', () => {
  it('says how many samples there are where the study only says equal', async () => {
    const equal = { synchrony: { samples: 'equal', test: 0.2 } };
    const own = { counts: [1493, 1500] };
    const samplesIn = async (more: object) => {
      const { html } = await openSection(settings, sampleReport({ settings: equal, ...more }));
      return /<dt>Samples<\/dt><dd>(.*?), 20 % of them/.exec(html)?.[1];
    };
    const range = `${own.counts.join('–')} per direction, the largest number that all measures have`;
    expect(await samplesIn({})).toBe(`equal: ${range}`);
    const stateOf = (stage: string, { label }: { readonly label: string }) =>
      stage === 'measure' && label.includes('small-mistral+small-llama') ? 'missing' : undefined;
    expect(await samplesIn({ stateOf })).toBe(`equal: ${range} (2 of 4 measures are not shown)`);
    expect(
      await samplesIn({ stateOf: (stage: string) => (stage === 'measure' ? 'missing' : undefined) }),
    ).toBe('equal');
  });

  it('names each model and every setting', async () => {
    const { html } = await openSection(
      settings,
      sampleReport({
        layers: [3, 4],
        settings: {
          synchrony: { samples: 'all', test: 0.25, splitSeeds: [4, 5], lambda: 2, groupBy: 'scenario' },
        },
      }),
    );
    const [models] = htmlTables(html);
    expect(models && rowNamed(models, 'small-mistral (toy)')).toEqual({
      ...{
        Name: 'small-mistral (toy)',
        'Taken from': 'path: models/small-mistral',
        Checkpoint: 'models/small-mistral',
        Architecture: 'MistralForCausalLM',
        Layers: '4',
        D: '256',
      },
      ...{ Parameters: '5.24 million', Vocabulary: '2048', Weights: 'fp32', Revision: '3f2a9c51d07b' },
    });
    const said = Object.fromEntries(
      [...html.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, term, words]) => [term, words]),
    );
    expect(said).toEqual({
      Scenarios: 'embedded small world: 2 scenarios, 3 interactions',
      'Simulation seeds': '0, 1',
      Rounds: 'at most 8',
      Decoding: 'temperature 0.7, at most 300 tokens an utterance',
      Prompts: 'not recorded',
      Conditions: 'interactive',
      Samples: 'all (1493–1500 per direction), 25 % of them held out, groups by scenario',
      'Split seeds': '4, 5',
      Ridge: 'λ = 2, intercept unpenalised',
      Versions: 'interbrain 0.1.0, Node.js 20.20.0, ONNX Runtime 1.30.0',
      Machine: 'Some CPU @ 2.5 GHz, 2 cores, 24 GiB of memory',
    });
    const all = {
      seeds: [3],
      temperature: 0.5,
      maxNewTokens: 20,
      topK: 7,
      topP: 0.9,
      minP: 0.05,
      repetitionPenalty: 1.1,
      stop: ['END'],
    };
    expect(await textOf(settings, sampleReport({ settings: { simulation: all } }))).toContain(
      'temperature 0.5, at most 20 tokens an utterance, top-k 7, top-p 0.9, min-p 0.05, repetition penalty 1.1, stops at "END"',
    );
  });

  it('says of each seat order how its episodes went, on the page and in a table', async () => {
    const source = sampleReport();
    const section = await openSection(settings, source);
    const { all } = await gatherEpisodes(source);
    const own = all.filter(({ models }) => models[0] === 'small-mistral');
    const { meanRounds, utterances, medianPromptTokens, endings } = episodeStatistics(own);
    expect(endings).toEqual({ 'A left': 2, 'B left': 2, rounds: 2 });
    expect(rowNamed(htmlTables(section.html)[1]!, 'small-mistral, small-llama')).toEqual({
      ...{
        'A, B': 'small-mistral, small-llama',
        Condition: 'interactive',
        Episodes: '6',
        'Mean rounds': meanRounds.toFixed(2),
      },
      ...{
        'A left': '2',
        'B left': '2',
        'Rounds over': '2',
        'Median prompt': `${Math.round(medianPromptTokens)}`,
      },
      'Put right': `cut at N tokens: 6; repeated its own name: 6 (of ${utterances})`,
    });
    expect(recordWith(tableNamed(section, 'episodes'), { model_a: 'small-mistral' })).toEqual({
      ...{
        model_a: 'small-mistral',
        model_b: 'small-llama',
        condition: 'interactive',
        episodes: '6',
        utterances: `${utterances}`,
      },
      ...{
        mean_rounds: `${meanRounds}`,
        median_prompt_tokens: `${medianPromptTokens}`,
        a_left: '2',
        b_left: '2',
        rounds_over: '2',
      },
      ...{ 'note: cut at N tokens': '6', 'note: repeated its own name': '6' },
    });
  });

  it('keeps endings apart', async () => {
    const odd = sampleReport({ utterances: ['Hello. Leave'] });
    const row = rowNamed(
      htmlTables((await openSection(settings, odd)).html)[1]!,
      'small-llama, small-mistral',
    );
    expect([row['A left'], row['B left'], row['Rounds over']]).toEqual(['4', '0', '2']);
  });
});

describe('notes', () => {
  it('say what the error covers and what conditions leave out', async () => {
    const text = await textOf(notes, fullSample());
    expect(text).toContain('The error covers 3 divisions of the same episodes');
    expect(text).toContain('Pairs that share a model are not independent');
    expect(text).toContain(
      'Condition shuffled (small-mistral, small-llama, B → A) leaves out 40 samples, among them all of 3 episodes: an episode of one round has nothing to exchange.',
    );
    expect(text.match(/leaves out/g)).toHaveLength(8);
    expect(await textOf(notes)).not.toMatch(/Pairs that share|leaves out/);
  });
});

describe('how to compute it again', () => {
  it('takes the interactive condition, its first direction and the result’s own λ', async () => {
    const other = fullSample({
      settings: { synchrony: { lambda: 9 }, conditions: ['passive', 'interactive'] },
    });
    const text = await textOf(recompute, other);
    expect(text).toContain('synchrony/small-llama+small-llama/interactive/ridge.A-to-B.json');
    expect(text).toContain('Ridge(alpha=0.1)');
    const alone = fullSample({
      stateOf: (stage, { label }) =>
        stage === 'measure' && !label.includes('small-mistral B->A lag-3') ? 'missing' : undefined,
    });
    expect(await textOf(recompute, alone)).toContain(
      'synchrony/small-llama+small-mistral/lag-3/ridge.B-to-A.json',
    );
  });

  it('says where λ stands that cross-validation chose', async () => {
    const chosen = sampleReport({
      makers: { measure: () => ({ ...sampleSynchrony(), lambda: 'cv', chosenLambdas: [[1], [10], [10]] }) },
    });
    const text = await textOf(recompute, chosen);
    expect(text).toContain(
      'Ridge(alpha=λ), with the λ that chosen_lambdas in the result’s safetensors names',
    );
    expect(text).not.toContain('alpha=cv');
  });
});
