// Our own responses for every kind of instruction: one that follows, one that does not, and where the loose reading
// differs.

import { beforeAll, describe, expect, it } from 'vitest';
import { judgeIfeval, parseIfeval } from './ifeval.ts';
import { INSTRUCTIONS } from './ifeval-instructions.ts';
import { type DetectLanguage, loadLanguageDetector } from './ifeval-language.ts';

interface Case {
  readonly id: string;
  readonly args?: Record<string, unknown>;
  readonly follows: readonly string[];
  readonly fails: readonly string[];
  /** Followed only without the first or last line, or without asterisks. */
  readonly loosely?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    id: 'change_case:capital_word_frequency',
    args: { capital_frequency: 3, capital_relation: 'at least' },
    follows: ['WE ALL MET.', "IT'S a DON'T.", 'A well-known X-RAY at the U.S. border, NASA says'],
    fails: ['We ALL Met THERE.', 'one, two, three'],
  },
  {
    id: 'change_case:capital_word_frequency',
    args: { capital_frequency: 2, capital_relation: 'less than' },
    follows: ['Only ONE here.', 'none'],
    fails: ['TWO HERE', 'AND/OR it is: ONE/TWO plus THREE'],
    loosely: ['SURE, HERE:\nOnly one.'],
  },
  {
    id: 'change_case:english_capital',
    follows: [
      'THE OLD HARBOUR IS QUIET TONIGHT, AND THE BOATS ARE ASLEEP.',
      '12 TREES AND 3 BIRDS STOOD IN THE GARDEN',
    ],
    fails: [
      'The old harbour is quiet tonight.',
      'DER ALTE HAFEN IST HEUTE NACHT RUHIG UND DIE BOOTE SCHLAFEN.',
      '123',
    ],
    loosely: ['Here you are:\nTHE OLD HARBOUR IS QUIET TONIGHT AND THE BOATS ARE ASLEEP.'],
  },
  {
    id: 'change_case:english_lowercase',
    follows: ['the old harbour is quiet tonight, and the boats are asleep.'],
    fails: [
      'the Old harbour is quiet tonight.',
      'der alte hafen ist heute nacht ruhig und die boote schlafen.',
      '***',
    ],
    loosely: ['Of course!\nthe old harbour is quiet tonight and the boats are asleep.'],
  },
  {
    id: 'combination:repeat_prompt',
    args: { prompt_to_repeat: 'Name a river in Spain.' },
    follows: ['Name a river in Spain. The Ebro.', '  name a RIVER in spain. Tajo'],
    fails: ['The Ebro. Name a river in Spain.'],
    loosely: ['Sure!\nName a river in Spain. The Ebro.', '**Name a river in Spain.** The Ebro.'],
  },
  {
    id: 'combination:two_responses',
    follows: ['Tea.\n******\nCoffee.', '******\nTea.\n******\nCoffee.\n******'],
    fails: ['Tea.', 'Tea.\n******\nTea. ', 'Tea.\n******\n\n******\nCoffee.', 'A ****** B ****** C'],
    loosely: ['Intro\n******\nTea.\n******\nCoffee.'],
  },
  {
    id: 'detectable_content:number_placeholders',
    args: { num_placeholders: 2 },
    follows: ['Dear [name], see you at [place].', '[][]', '[a] [b] [c]'],
    fails: ['Dear [name], see you.', 'Dear [na\nme], see [pla\nce].', '(a) (b)'],
  },
  {
    id: 'detectable_content:postscript',
    args: { postscript_marker: 'P.S.' },
    follows: ['Bye.\nP.S. Bring tea.', 'bye p. s. bring tea'],
    fails: ['Bye. PS Bring tea.', 'P.P.S bring tea'],
  },
  {
    id: 'detectable_content:postscript',
    args: { postscript_marker: 'P.P.S' },
    follows: ['Bye.\nP.P.S Bring tea.', 'p. p. s. bring tea'],
    fails: ['P.S. Bring tea.'],
    loosely: ['Bye.\nP.**P.S** Bring tea'],
  },
  {
    id: 'detectable_format:constrained_response',
    follows: ['My answer is yes.', 'Well. My answer is maybe. Who knows?'],
    fails: ['My answer is yes', 'my answer is no.', 'Yes.'],
    loosely: ['My answer is **no.**'],
  },
  {
    id: 'detectable_format:json_format',
    follows: [
      '{"a": [1, 2.5e3, null, "x"]}',
      '```json\n{"a": 1}\n```',
      '```\n[1]\n```',
      '{"a": NaN, "b": -Infinity}',
      '"NaN"',
    ],
    fails: ['{a: 1}', 'Here: {"a": 1}', '{"a": "line\nbreak"}', '```python {}```', '{"a": 1,}'],
    loosely: ['Here it is:\n{"a": 1}', '{"a": 1}\nHope it helps'],
  },
  {
    id: 'detectable_format:multiple_sections',
    args: { section_spliter: 'SECTION', num_sections: 2 },
    follows: ['SECTION 1\nOne.\nSECTION 2\nTwo.', 'SECTION1 a SECTION2 b SECTION3 c'],
    fails: ['Section 1\nOne.\nSection 2\nTwo.', 'SECTION one SECTION two', 'SECTION 1'],
    loosely: ['SECTION *1*\nOne.\nSECTION *2*\nTwo.'],
  },
  {
    id: 'detectable_format:number_bullet_lists',
    args: { num_bullets: 2 },
    follows: ['* one\n* two', '- one\n\n  - two', 'Two things:\n* one\n- two', '*one*\n*two*'],
    fails: [
      '* one',
      '* one\n* two\n* three\n* four\n* five',
      '1. one\n2. two',
      'a * b\nc * d',
      '**one**\n**two**',
    ],
    loosely: ['* a list:\n* one\n* two'],
  },
  {
    id: 'detectable_format:number_highlighted_sections',
    args: { num_highlights: 2 },
    follows: ['*one* and *two*', '**one** and *two*', 'a *b* c * d* '],
    fails: ['*one*', '**\n**', '* * and ** **', '*one\ntwo*'],
  },
  {
    id: 'detectable_format:title',
    follows: ['<<Tea>>\nIt is hot.', 'a <<<b>>> c'],
    fails: ['<Tea>', '<<>>', '<< >>', '<<Tea\nTime>>'],
  },
  {
    id: 'keywords:existence',
    args: { keywords: ['tea', 'Kettle'] },
    follows: ['A kettle for TEA.', 'steamkettles and teapots'],
    fails: ['Only tea.', 'kettle'],
    loosely: ['the ket*tle* and te*a*'],
  },
  {
    id: 'keywords:forbidden_words',
    args: { forbidden_words: ['tea', 'café'] },
    follows: ['A teapot.', 'steam', 'cafés'],
    fails: ['No TEA please.', 'tea-time', 'the café!'],
    loosely: ['No tea in this:\nwater only'],
  },
  {
    id: 'keywords:frequency',
    args: { keyword: 'tea', frequency: 2, relation: 'at least' },
    follows: ['Tea and teapot.', 'tea tea tea'],
    fails: ['one tea', 'coffee'],
    loosely: ['t*e*a and tea'],
  },
  {
    id: 'keywords:frequency',
    args: { keyword: 'a+b', frequency: 2, relation: 'less than' },
    follows: ['a+b once', 'aab aab'],
    fails: ['a+b and A+B'],
    loosely: ['a+b\na+b'],
  },
  {
    id: 'keywords:letter_frequency',
    args: { letter: 'Q', let_frequency: 2, let_relation: 'at least' },
    follows: ['a quick Query', 'qq'],
    fails: ['one q', 'none'],
  },
  {
    id: 'keywords:letter_frequency',
    args: { letter: '!', let_frequency: 2, let_relation: 'less than' },
    follows: ['one!', 'none'],
    fails: ['two!!'],
    loosely: ['Sure!\nYes!'],
  },
  {
    id: 'language:response_language',
    args: { language: 'de' },
    follows: ['Der alte Hafen ist heute Nacht ruhig, und die Boote schlafen.', '1 2 3'],
    fails: ['The old harbour is quiet tonight, and the boats are asleep.'],
    loosely: ['Here is the text you wanted me to write for you:\nDer alte Hafen ist heute Nacht ruhig.'],
  },
  {
    id: 'length_constraints:nth_paragraph_first_word',
    args: { num_paragraphs: 2, nth_paragraph: 2, first_word: 'Boats' },
    follows: ['The sea.\n\nBoats sleep.', 'The sea.\n\n"Boats," he said.', 'The sea.\n\nboats'],
    fails: [
      'Boats sleep.\n\nThe sea.',
      'The sea.\n\nBoats.\n\nOne.\n\nTwo.',
      'The sea.\nBoats',
      'The sea.\n\nNo boats.',
    ],
    // Paragraphs that are empty do not count, but have a number.
    loosely: ['The sea.\n\n**Boats** sleep.', '\n\nThe sea.\n\nBoats.'],
  },
  {
    id: 'length_constraints:number_paragraphs',
    args: { num_paragraphs: 2 },
    follows: ['One.\n***\nTwo.', '***\nOne.\n***\nTwo.\n***', 'One *** two ***'],
    fails: ['One.', 'One.\n***\n\n***\nTwo.', 'One.***Two.***Three.'],
    loosely: ['Here:\n***\nOne.\n***\nTwo.'],
  },
  {
    id: 'length_constraints:number_sentences',
    args: { num_sentences: 3, relation: 'at least' },
    follows: ['One. Two! Three?', 'Dr. Wu came at 5 p.m. and left. It rained. "Why?" asked Ann.'],
    fails: ['Dr. Wu met Mrs. Lee at 3.5 km. Fine.', 'One... two, three', 'e.g one'],
  },
  {
    id: 'length_constraints:number_sentences',
    args: { num_sentences: 2, relation: 'less than' },
    follows: ['Just J. Smith here', 'no end'],
    fails: ['One. Two.'],
    loosely: ['Sure. Here it is.\nOne only.'],
  },
  {
    id: 'length_constraints:number_words',
    args: { num_words: 4, relation: 'at least' },
    follows: ["I don't know", 'eins zwei drei vier', '1 2 3 4', 'a-b-c-d'],
    fails: ['three little words', '— — — —'],
  },
  {
    id: 'length_constraints:number_words',
    args: { num_words: 4, relation: 'less than' },
    follows: ['three little words'],
    fails: ['there are four here'],
    loosely: ['Here is what you wanted:\nthree little words'],
  },
  {
    id: 'punctuation:no_comma',
    follows: ['No such mark; none.', '、，'],
    fails: ['Yes, one.'],
    loosely: ['Sure, here:\nNo such mark.'],
  },
  {
    id: 'startend:end_checker',
    args: { end_phrase: 'That is ALL.' },
    follows: ['Hello. That is all.', '"Hello. that is all."', 'That is all.\n\n'],
    fails: ['That is all. Bye.', 'That is all'],
    loosely: ['Hello. **That is all.**', 'That is all.\nBye'],
  },
  {
    id: 'startend:quotation',
    follows: ['"Hello."', ' "a\nb" ', '""'],
    fails: ['Hello.', '"Hello.', '“Hello.”', '"'],
    loosely: ['Here:\n"Hello."', '*"Hello."*'],
  },
];

let detect: DetectLanguage;
beforeAll(async () => {
  detect = await loadLanguageDetector();
});

function verdictOn({ id, args = {} }: Case, response: string): { strict: boolean; loose: boolean } {
  const entry = { key: 1, prompt: 'p', instruction_id_list: [id], kwargs: [args] };
  const [prompt] = parseIfeval(JSON.stringify(entry), 'prompts.jsonl');
  const { strict, loose } = judgeIfeval(prompt!, response, detect);
  return { strict: strict[0]!, loose: loose[0]! };
}

describe('every kind of instruction', () => {
  it('has a case', () => {
    expect(new Set(CASES.map(({ id }) => id))).toEqual(new Set(Object.keys(INSTRUCTIONS)));
    expect(Object.keys(INSTRUCTIONS)).toHaveLength(25);
  });

  it.each(
    CASES.map((one) => [`${one.id} ${JSON.stringify(one.args ?? {})}`, one] as const),
  )('%s', (_, one) => {
    for (const response of one.follows)
      expect(verdictOn(one, response), response).toEqual({ strict: true, loose: true });
    for (const response of one.fails)
      expect(verdictOn(one, response), response).toEqual({ strict: false, loose: false });
    for (const response of one.loosely ?? [])
      expect(verdictOn(one, response), response).toEqual({ strict: false, loose: true });
  });
});
