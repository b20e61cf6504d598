import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { surviveClosedOutput } from './closed-output.ts';

class Stream extends EventEmitter {
  text = '';
  write(text: string) {
    this.text += text;
  }
  break(code: string) {
    this.emit('error', Object.assign(new Error(`${code}: write`), { code }));
  }
}

const survive = (goesOn: boolean) => {
  const [stdout, stderr, codes] = [new Stream(), new Stream(), [] as number[]];
  surviveClosedOutput({ stdout, stderr, goesOn: () => goesOn, exit: (code) => codes.push(code) });
  return { stdout, stderr, codes };
};

it('ends a command that prints, quietly, when its pipe is closed', () => {
  const { stdout, stderr, codes } = survive(false);
  stdout.break('EPIPE');
  expect(codes).toEqual([0]);
  expect(stderr.text).toBe('');
});

it('lets a command that works go on', () => {
  const { stdout, stderr, codes } = survive(true);
  stdout.break('EPIPE');
  stdout.break('EPIPE');
  stderr.break('EPIPE');
  expect(codes).toEqual([]);
  expect(stderr.text).toBe('');
});

it('says once that a disk is full, and fails only what has nothing else to do', () => {
  const works = survive(true);
  works.stdout.break('ENOSPC');
  works.stdout.break('ENOSPC');
  expect(works.stderr.text).toBe('stdout cannot be written to: ENOSPC: write\n');
  expect(works.codes).toEqual([]);
  const prints = survive(false);
  prints.stdout.break('ENOSPC');
  expect(prints.codes).toEqual([3]);
});
