// The picture in README.md: the layer maps on the page of a first study, as a browser shows them.
//
//     npm start && node scripts/report-picture.mjs runs/first-study docs/images/first-study.png
//
// The figures' font is given to the page, so that the picture is the same on machines without it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [run, out] = process.argv.slice(2);
if (run === undefined || out === undefined) {
  console.error('usage: node scripts/report-picture.mjs RUN PICTURE.png');
  process.exit(2);
}

const { resolve: packageFile } = createRequire(import.meta.url);
const fontFace = (file, weight) => {
  const bytes = readFileSync(packageFile(`@expo-google-fonts/arimo/${file}`)).toString('base64');
  return `@font-face { font-family: Arimo; font-weight: ${weight}; src: url(data:font/ttf;base64,${bytes}) }`;
};

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, bypassCSP: true });
await page.goto(pathToFileURL(resolve(run, 'report/index.html')).href);
await page.addStyleTag({
  content: [
    fontFace('400Regular/Arimo_400Regular.ttf', 400),
    fontFace('700Bold/Arimo_700Bold.ttf', 700),
    ':root, body { font-family: Arimo }',
  ].join('\n'),
});
await page.evaluate(() => document.fonts.ready);
const clip = await page.evaluate(() => {
  const heading = [...document.querySelectorAll('h2')].find((one) => one.textContent === 'Layer by layer');
  const figures = [...document.querySelectorAll('figure')]
    .slice(0, 2)
    .map((one) => one.getBoundingClientRect());
  const top = heading.getBoundingClientRect().top + 16;
  return { top: top + scrollY, height: Math.max(...figures.map(({ bottom }) => bottom)) - top + 16 };
});
const { top, height } = clip;
await page.screenshot({ path: out, fullPage: true, clip: { x: 0, y: top, width: 1000, height } });
await browser.close();
