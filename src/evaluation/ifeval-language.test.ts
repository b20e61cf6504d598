import { expect, it } from 'vitest';
import { loadLanguageDetector } from './ifeval-language.ts';

// A sentence of our own in every language that IFEval's prompts ask for, and in those they are confused with.
const SENTENCES: readonly (readonly [string, string])[] = [
  ['en', 'The boats in the old harbour are quiet tonight, and nobody walks along the water.'],
  ['de', 'Die Boote im alten Hafen sind heute Nacht still, und niemand geht am Wasser entlang.'],
  ['it', 'Le barche nel vecchio porto sono silenziose stanotte e nessuno cammina lungo l’acqua.'],
  ['pt', 'Os barcos no velho porto estão quietos esta noite, e ninguém anda junto à água.'],
  ['fi', 'Vanhan sataman veneet ovat tänä yönä hiljaa, eikä kukaan kävele veden äärellä.'],
  ['vi', 'Những chiếc thuyền ở bến cảng cũ đêm nay rất yên tĩnh và không ai đi dọc bờ nước.'],
  ['sw', 'Mashua katika bandari ya zamani ni kimya usiku huu, na hakuna mtu anayetembea kando ya maji.'],
  ['ru', 'Лодки в старой гавани сегодня ночью тихи, и никто не ходит вдоль воды.'],
  ['bg', 'Лодките в старото пристанище са тихи тази нощ и никой не върви край водата.'],
  ['ar', 'القوارب في الميناء القديم هادئة هذه الليلة ولا أحد يمشي بجانب الماء.'],
  ['fa', 'قایق‌ها در بندر قدیمی امشب آرام هستند و هیچ کس کنار آب راه نمی‌رود.'],
  ['ur', 'پرانی بندرگاہ میں کشتیاں آج رات خاموش ہیں اور کوئی پانی کے کنارے نہیں چل رہا ہے۔'],
  ['hi', 'पुराने बंदरगाह में नावें आज रात शांत हैं और कोई पानी के किनारे नहीं चल रहा है।'],
  ['mr', 'जुन्या बंदरातील बोटी आज रात्री शांत आहेत आणि कोणीही पाण्याच्या काठाने चालत नाही.'],
  ['ne', 'पुरानो बन्दरगाहमा डुङ्गाहरू आज राति शान्त छन् र कोही पनि पानीको छेउमा हिँडिरहेको छैन।'],
  ['bn', 'পুরানো বন্দরে নৌকাগুলি আজ রাতে শান্ত এবং কেউ জলের ধারে হাঁটছে না।'],
  ['pa', 'ਪੁਰਾਣੀ ਬੰਦਰਗਾਹ ਵਿੱਚ ਕਿਸ਼ਤੀਆਂ ਅੱਜ ਰਾਤ ਸ਼ਾਂਤ ਹਨ ਅਤੇ ਕੋਈ ਪਾਣੀ ਦੇ ਕੰਢੇ ਨਹੀਂ ਚੱਲ ਰਿਹਾ।'],
  ['gu', 'જૂના બંદરમાં હોડીઓ આજે રાત્રે શાંત છે અને કોઈ પાણીની કિનારે ચાલતું નથી.'],
  ['ta', 'பழைய துறைமுகத்தில் படகுகள் இன்று இரவு அமைதியாக இருக்கின்றன, யாரும் நீரோரம் நடக்கவில்லை.'],
  ['te', 'పాత ఓడరేవులో పడవలు ఈ రాత్రి నిశ్శబ్దంగా ఉన్నాయి మరియు ఎవరూ నీటి పక్కన నడవడం లేదు.'],
  ['kn', 'ಹಳೆಯ ಬಂದರಿನಲ್ಲಿ ದೋಣಿಗಳು ಇಂದು ರಾತ್ರಿ ಶಾಂತವಾಗಿವೆ ಮತ್ತು ಯಾರೂ ನೀರಿನ ಬಳಿ ನಡೆಯುತ್ತಿಲ್ಲ.'],
  ['th', 'เรือในท่าเรือเก่าคืนนี้เงียบสงบและไม่มีใครเดินริมน้ำ'],
  ['ko', '오래된 항구의 배들은 오늘 밤 조용하고 아무도 물가를 걷지 않는다.'],
  ['es', 'Los barcos del viejo puerto están tranquilos esta noche y nadie camina junto al agua.'],
  ['fr', 'Les bateaux du vieux port sont calmes cette nuit et personne ne marche au bord de l’eau.'],
];

it.each(SENTENCES)('%s', async (language, sentence) => {
  const detect = await loadLanguageDetector();
  expect(detect(sentence)).toBe(language);
  expect(detect(sentence.toUpperCase())).toBe(language);
});

it('takes a few plain letters that may be English for English, and tells nothing of what may be anything', async () => {
  const detect = await loadLanguageDetector();
  for (const text of ['Hello world', 'hello, world.', 'THE END', 'Thank you very much'])
    expect(detect(text)).toBe('en');
  for (const [text, language] of [
    ['Guten Tag', 'de'],
    ['Bonjour', 'fr'],
    ['Ciao bella', 'it'],
    ['olá mundo', 'pt'],
  ] as const)
    expect(detect(text)).toBe(language);
  expect(detect('!!! wow !')).toBe('und');
});

it('tells nothing of a text without letters', async () => {
  const detect = await loadLanguageDetector();
  for (const text of ['', '123', '*** — !']) expect(detect(text)).toBeUndefined();
});
