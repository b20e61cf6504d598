import { expect, it } from 'vitest';
import { againCommand } from './again.ts';
import { failureLines } from './failure-lines.ts';

it('names every stage that is not done, why, and what to do', () => {
  const failed = [
    { stage: 'judgements', message: 'http://localhost:8000: no answer; is the server there?' },
    { stage: 'correlation', message: 'the stage judgements, which it needs, has failed' },
  ];
  expect(failureLines({ failed }, 'interbrain run study.yaml')).toEqual([
    '2 stages are not done:',
    '  judgements: http://localhost:8000: no answer; is the server there?',
    '  correlation: the stage judgements, which it needs, has failed',
    'What else the study asks for is there. When that is mended, go on with: interbrain run study.yaml',
  ]);
  expect(failureLines({ failed: failed.slice(0, 1) }, 'x')[0]).toBe('One stage is not done:');
  expect(failureLines({ failed: [] }, 'interbrain run study.yaml')).toEqual([]);
});

it.each([
  ['study.yaml', { out: 'runs' }, 'interbrain run study.yaml'],
  ['a/b c.yaml', { out: 'runs', interactions: 2 }, "interbrain run 'a/b c.yaml' --interactions 2"],
  ["it's.yaml", { out: '/data/my runs' }, "interbrain run 'it'\\''s.yaml' --out '/data/my runs'"],
])('says how to go on with %s', (file, options, command) => {
  expect(againCommand(file, options)).toBe(command);
});
