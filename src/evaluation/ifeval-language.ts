// Which language a text is in. Two of the languages that IFEval asks for are unknown to the detector we use; they are
// told apart by their commonest words.

import { wordsOf } from './ifeval-text.ts';

/** ISO 639-1 code; `und` for letters that tell no language; undefined for a text without letters. */
export type DetectLanguage = (text: string) => string | undefined;

/** Words of Nepali that neither Hindi nor Marathi has. */
const NEPALI = new Set(
  'छ छन् छैन छु थियो थिए हुन्छ हुन् हुनेछ गर्न गर्छ गर्नुहोस् गर्नुहोस गरेको गर्ने भएको भयो पनि यो त्यो तपाईं तपाईंको मेरो हाम्रो उनले लागि साथै तर अनि एउटा राम्रो धेरै जानुहोस्'.split(
    ' ',
  ),
);
/** Endings that Nepali writes on the word: from, to, of (plural), in order to. */
const NEPALI_ENDING = /(?:बाट|लाई|हरू|हरु|हरूको|नुहोस्|नुहोस|ेको|िएको|ुहुन्छ)$/u;

/** The commonest words of Swahili. */
const SWAHILI = new Set(
  'na ya wa kwa ni za katika la kwamba au hii huo hiyo hizi huyu wao yake yako yangu wake wangu sana lakini pia kama cha vya bila baada kabla watu mtu kila hakuna kuwa kutoka ndani siku leo mimi wewe yeye sisi nyinyi si tu ili hivyo kwenye alikuwa ilikuwa unaweza tunaweza'.split(
    ' ',
  ),
);

const share = (words: readonly string[], which: (word: string) => boolean) =>
  words.length === 0 ? 0 : words.filter(which).length / words.length;

/** Devanagari vowel signs are no letters to \`\\w\`, so words are cut at spaces and marks here. */
const devanagariWords = (text: string) => text.match(/[\p{L}\p{M}]+/gu) ?? [];

function isNepali(text: string): boolean {
  const words = devanagariWords(text).filter((word) => /\p{Script=Devanagari}/u.test(word));
  return share(words, (word) => NEPALI.has(word) || NEPALI_ENDING.test(word)) > 0.1;
}

function isSwahili(text: string): boolean {
  const words = wordsOf(text.toLowerCase());
  return words.length > 2 && share(words, (word) => SWAHILI.has(word)) > 0.2;
}

/** Letters of a text in which a detector that knows pieces of words can hardly tell its best languages apart. */
const FEW_LETTERS = 30;
/** What the best language may then be better by than English. */
const CLOSE = 0.05;

/** What is asked for in English, and so is answered in it: a few plain letters that are about as good English. */
function isShortEnglish(text: string, scores: Readonly<Record<string, number>>): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  if (letters.length > FEW_LETTERS || !letters.every((letter) => /[a-z]/i.test(letter))) return false;
  const english = scores['en'];
  return english !== undefined && english >= Math.max(...Object.values(scores)) - CLOSE;
}

/** Loads the detector; its tables take 2 MB and 50 ms, so they are loaded when a text is to be looked at. */
export async function loadLanguageDetector(): Promise<DetectLanguage> {
  const { eld } = await import('eld/medium');
  return (text) => {
    if (!/\p{L}/u.test(text)) return undefined;
    const found = eld.detect(text);
    const language = isShortEnglish(text, found.getScores()) ? 'en' : found.language;
    if ((language === 'hi' || language === 'mr') && isNepali(text)) return 'ne';
    if (isSwahili(text)) return 'sw';
    return language === '' ? 'und' : language;
  };
}
