import { expect, it } from 'vitest';
import { BadInput } from '../errors.ts';
import { parseQueueAddress } from './address.ts';

it('reads host, port, database, user and password, and shows neither of the last two', () => {
  expect(parseQueueAddress('redis://queue', {})).toEqual({
    shown: 'redis://queue',
    options: { host: 'queue', port: 6379, db: 0 },
  });
  expect(parseQueueAddress('rediss://me:a%40b@[::1]:7000/3', {})).toEqual({
    shown: 'rediss://[::1]:7000/3',
    options: {
      ...{ host: '::1', port: 7000, db: 3, username: 'me', password: 'a@b' },
      tls: {},
    },
  });
  expect(parseQueueAddress('rediss://queue', {}).options.tls).toEqual({ servername: 'queue' });
  expect(parseQueueAddress('rediss://10.0.0.7', {}).options.tls).toEqual({});
});

it('takes a password from the environment, unless the address has one', () => {
  const environment = { INTERBRAIN_QUEUE_PASSWORD: 'quiet' };
  expect(parseQueueAddress('redis://queue', environment).options.password).toBe('quiet');
  expect(parseQueueAddress('redis://:loud@queue', environment).options.password).toBe('loud');
});

it.each([
  ['queue:6379', 'it begins with queue://'],
  ['http://queue', 'it begins with http://'],
  ['redis://', 'it begins with redis://'],
  ['not an address', 'it is no address'],
  ['redis://:s3cret@queue/first', 'redis://queue/first: behind the host stands the number of a database'],
  ['redis://:s3cret@queue?x=1', 'redis://queue: nothing may follow a ?'],
  ['redis://:s3cret%@queue', 'is not encoded as an address has it'],
])('%s is none, and no password is quoted', (text, reason) => {
  const read = () => parseQueueAddress(text, {});
  expect(read).toThrow(BadInput);
  expect(read).toThrow(reason);
  expect(read).not.toThrow(/s3cret/);
});
