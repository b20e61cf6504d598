// Packs interbrain, installs the tarball in an empty folder as a user does, and runs it there. `--node 22,24 --npm 10,12`
// tries these versions as well, which come from npm (packages node and npm); without them the present ones. `--with-scripts`
// lets the packages' own scripts run, all but ONNX Runtime's, which fetches CUDA's libraries from elsewhere.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'interbrain-install-'));
const listOf = (option) => {
  const at = process.argv.indexOf(option);
  return at === -1 ? [undefined] : (process.argv[at + 1] ?? '').split(',');
};

const withScripts = process.argv.includes('--with-scripts');
const HOW = withScripts ? [] : ['--ignore-scripts'];
if (withScripts) process.env.ONNXRUNTIME_NODE_INSTALL = 'skip';

const run = (command, args, options) =>
  execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e8,
    ...options,
  });

/** A folder with the programs of one version of a package; undefined for the present one. */
function versionOf(name, version) {
  if (version === undefined) return undefined;
  const place = join(folder, `${name}-${version}`);
  run('npm', [
    'install',
    '--silent',
    '--prefix',
    place,
    '--no-save',
    '--ignore-scripts',
    name === 'node' ? `node-${process.platform}-${process.arch}@${version}` : `${name}@${version}`,
  ]);
  return name === 'node'
    ? join(place, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin')
    : join(place, 'node_modules', '.bin');
}

/** What a user does first. */
function tryIn(place, env) {
  const options = { cwd: place, env };
  const bin = join(place, 'node_modules', '.bin', 'interbrain');
  const said = run(bin, ['model', 'inspect', 'toy-llama-s', '--prompt', 'hi'], options);
  if (!/reply/.test(said)) throw new Error(`no reply in:\n${said}`);
  const study = {
    name: 's',
    models: { a: { embedded: 'toy-llama-s' } },
    pairs: [['a', 'a']],
    simulation: { seeds: [0], rounds: 2, interactions: 6, maxNewTokens: 10 },
    synchrony: { samples: 'all', test: 0.4 },
  };
  writeFileSync(join(place, 'study.yaml'), JSON.stringify(study));
  run(bin, ['run', 'study.yaml'], options);
  run(
    'node',
    [
      '--input-type=module',
      '-e',
      "import { openStudy } from 'interbrain'; import m from 'interbrain/package.json' with { type: 'json' }; if (typeof openStudy !== 'function' || m.name !== 'interbrain') process.exit(1)",
    ],
    options,
  );
}

try {
  run('npm', ['run', '--silent', 'build'], { cwd: ROOT });
  const [{ filename, files, size, unpackedSize }] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT }),
  );
  const unwanted = files.filter(({ path }) => /\.tsbuildinfo$|\.map$|\.test\./.test(path));
  if (unwanted.length > 0) throw new Error(`in the tarball: ${unwanted.map(({ path }) => path).join(', ')}`);
  console.log(
    `${filename}: ${(size / 1e6).toFixed(1)} MB, unpacked ${(unpackedSize / 1e6).toFixed(1)} MB, ${files.length} files`,
  );
  for (const node of listOf('--node'))
    for (const npm of listOf('--npm')) {
      const paths = [versionOf('npm', npm), versionOf('node', node)].filter(Boolean);
      const env = { ...process.env, PATH: [...paths, process.env.PATH].join(delimiter) };
      const place = mkdtempSync(join(folder, 'empty-'));
      writeFileSync(join(place, 'package.json'), '{"private": true}\n');
      const installed = spawnSync(
        'npm',
        ['install', ...HOW, '--no-audit', '--no-fund', join(folder, filename)],
        { cwd: place, env, encoding: 'utf8' },
      );
      if (installed.status !== 0)
        throw new Error(`npm install ended with ${installed.status}:\n${installed.stderr}`);
      tryIn(place, env);
      const count = readdirSync(join(place, 'node_modules')).length;
      const version = (program) => run(program, ['--version'], { env, cwd: place }).trim();
      console.log(
        `node ${version('node')}, npm ${version('npm')}: installed (${count} folders${withScripts ? ', with scripts' : ''}) and run`,
      );
      rmSync(place, { recursive: true, force: true });
    }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
