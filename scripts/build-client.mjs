// The script of the explorer: src/view/client and what it imports, in one file for browsers.

import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('node_modules/preact/package.json', 'utf8'));

const { metafile } = await build({
  entryPoints: ['src/view/client/main.tsx'],
  outfile: 'dist/view/client/bundle.js',
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome109', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  alias: { react: 'preact/compat' },
  // Pages that are passed on hold it.
  banner: {
    js: `/* interbrain, Apache-2.0; with Preact ${version}, Copyright (c) 2015-present Jason Miller, MIT License, https://github.com/preactjs/preact/blob/main/LICENSE */`,
  },
  legalComments: 'none',
  // The script stands in a page: its end must not be found in it.
  supported: { 'inline-script': false },
  metafile: true,
});

const inputs = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules'));
const foreign = inputs.filter((path) => !/node_modules\/preact\//.test(path));
if (foreign.length > 0) throw new Error(`the page would bring ${foreign.join(', ')}`);
