// Completion scripts in the shells themselves: bash always, zsh and fish where they are installed.

import { execFileSync, spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { MAIN } from './cli.ts';

const script = (shell: string) =>
  execFileSync(process.execPath, [MAIN, 'completion', shell], { encoding: 'utf8' });
const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;
const unless = (shell: string) => (has(shell) ? '' : ` (skipped: ${shell} is not installed)`);

/** Words that are typed, the last of which is completed, and what is proposed. */
const CASES: readonly (readonly [typed: readonly string[], proposed: readonly string[]])[] = [
  [['co'], ['compare', 'completion']],
  [['run', '--de'], ['--device']],
  [
    ['run', '--device', ''],
    ['cpu', 'cuda', 'webgpu'],
  ],
  [
    ['run', '--device', 'c'],
    ['cpu', 'cuda'],
  ],
  [['measure', 'x', '--solver', 'p'], ['published-float32']],
  [['model', 'ins'], ['inspect']],
  [['model', 'inspect', '--pro'], ['--prompt']],
  [
    ['prompts', ''],
    ['chat', 'transcript'],
  ],
  [['completion', 'z'], ['zsh']],
  [['run', '--out', 'somewhere', 'study.yaml', '--inter'], ['--interactions']],
];

describe('bash', () => {
  let source: string;
  beforeAll(() => {
    source = script('bash');
  });

  const complete = (words: readonly string[]) => {
    const typed = ['interbrain', ...words].map((word) => `'${word}'`).join(' ');
    const call = `COMP_WORDS=(${typed}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _interbrain; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['--norc', '-u', '-c', `${source}\n${call}`], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
  };

  it.each(CASES)('%j', (typed, proposed) => {
    expect(complete(typed).sort()).toEqual(proposed);
  });

  it('takes --option=value apart, as bash does', () => {
    expect(complete(['run', '--device', '=', 'w'])).toEqual(['webgpu']);
    expect(complete(['run', '--device', '='])).toEqual(['cpu', 'cuda', 'webgpu']);
  });

  it('leaves files to bash', () => {
    expect(complete(['run', 'stu'])).toEqual([]);
    const registered = execFileSync('bash', ['--norc', '-c', `${source}\ncomplete -p interbrain`], {
      encoding: 'utf8',
    });
    expect(registered).toBe('complete -o default -F _interbrain interbrain\n');
  });

  it('knows every command', () => {
    const help = execFileSync(process.execPath, [MAIN, '--help'], { encoding: 'utf8' });
    const listed = [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z-]+)/gm)].map(
      ([, name]) => name,
    );
    expect(listed.length).toBeGreaterThan(14);
    expect(complete(['']).sort()).toEqual(listed.sort());
  });
});

describe.skipIf(!has('zsh'))(`zsh${unless('zsh')}`, () => {
  it.each(CASES)('%j', (typed, proposed) => {
    // What the completion functions would show is printed in their place.
    const stubs = `compdef() { :; }; _files() { :; }
      shown() { for one in "$@"; do case $one in (\${words[CURRENT]}*) print -r -- \${one%%:*};; esac; done }
      compadd() { shift; shown "$@"; }
      _describe() { [[ $1 == -o ]] && shift; shown "\${(@P)2}"; }`;
    const words = ['interbrain', ...typed].map((word) => `'${word}'`).join(' ');
    const call = `words=(${words}); CURRENT=\${#words}; _interbrain`;
    const run = spawnSync('zsh', ['-f', '-c', `${stubs}\n${script('zsh')}\n${call}`], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.stdout.split('\n').filter(Boolean).sort()).toEqual(proposed);
  });
});

describe.skipIf(!has('fish'))(`fish${unless('fish')}`, () => {
  it.each(CASES)('%j', (typed, proposed) => {
    const line = ['interbrain', ...typed].join(' ');
    const run = spawnSync('fish', ['--no-config', '-c', `${script('fish')}\ncomplete -C '${line}'`], {
      encoding: 'utf8',
    });
    const words = run.stdout
      .split('\n')
      .filter(Boolean)
      .map((one) => one.split('\t')[0] ?? '');
    expect(run.stderr).toBe('');
    expect(words.sort()).toEqual(proposed);
  });
});
