import { expect, it } from 'vitest';
import { html, trusted } from './html.ts';

it('escapes what is put in, in content and in attributes', () => {
  const evil = `"><script>alert('x')</script>&`;
  const made = html`<p title="${evil}">${evil}</p>`.text;
  const safe = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;';
  expect(made).toBe(`<p title="${safe}">${safe}</p>`);
});

it('keeps markup, joins lists and leaves out what is not there', () => {
  const items = ['a<b', 2].map((item) => html`<li>${item}</li>`);
  const absent = html`${null}${undefined}${false}`;
  expect(html`<ul>${items}</ul>${absent}${trusted('<hr>')}${0}`.text).toBe(
    '<ul><li>a&lt;b</li><li>2</li></ul><hr>0',
  );
});
