import { expect, it } from 'vitest';
import * as api from '../src/index.ts';

it('exports these names; the list grows on purpose', () => {
  expect(Object.keys(api)).toMatchSnapshot();
});
