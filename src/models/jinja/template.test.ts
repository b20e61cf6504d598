// What a template renders is compared with Jinja2 in variants.test.ts; here is what it must not do, and what it says then.

import { expect, it } from 'vitest';
import { Template } from './template.ts';
import { TemplateError } from './template-error.ts';

const TODAY = { year: 2024, month: 7, day: 26 };
const render = (source: string, variables: Record<string, unknown> = {}) =>
  new Template(source).render(variables, TODAY);

it.each([
  ['{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}', /too much work/],
  ['{% for i in range(1000000000) %}{% endfor %}', /1000000000 numbers is too long/],
  ['{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', /too deeply/],
  ["{{ 'x' * 100000000 }}", /repeated too often/],
  ['{{ 9 ** 99999999 }}', /power is too large/],
  ["{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", /too/],
  ["{% for i in range(9999) %}{{ 'x' * 9999 }}{% endfor %}", /too/],
])('ends %s', (source, message) => {
  expect(() => render(source)).toThrow(TemplateError);
  expect(() => render(source)).toThrow(message);
});

it.each([
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'hasOwnProperty',
])('has no way into JavaScript by %s', (name) => {
  const values = { text: 'a', list: [1], dict: { a: 1 } };
  for (const of of Object.keys(values)) {
    expect(render(`{{ ${of}.${name} }}{{ ${of}['${name}'] }}`, values)).toBe('');
    expect(() => render(`{{ ${of}.${name}() }}`, values)).toThrow(/undefined/);
  }
  expect(() => render(`{{ 1|${name} }}`)).toThrow(`there is no filter ${name}`);
  expect(() => render(`{{ 1 is ${name} }}`)).toThrow(`there is no test ${name}`);
  expect(render(`{{ ${name} }}`)).toBe('');
});

it.each([
  ["{{ 'a'|urlencode }}", /the filter urlencode is not supported in chat templates/],
  ['{% include "x" %}', /the tag include is not supported in chat templates/],
  ["{{ 'a'.casefold() }}", /str.casefold is not supported in chat templates/],
  ["{{ 'a' is escaped }}", /the test escaped is not supported/],
  ['{{ 1|nothing }}', /there is no filter nothing/],
  ['{% if true %}', /ends before elif or else or endif/],
  ['{{ messages[0].content }}', /'messages' is undefined/],
  ["{{ raise_exception('mine') }}", /^mine$/],
])('says what is wrong with %s', (source, message) => {
  expect(() => render(source)).toThrow(TemplateError);
  expect(() => render(source)).toThrow(message);
});

it('leaves what it is given as it was', () => {
  const messages = [{ role: 'user', content: 'a' }];
  expect(() => render("{{ messages.append('x') }}", { messages })).toThrow(/unsafe/);
  expect(render('{% set messages = messages + [1] %}{{ messages|length }}', { messages })).toBe('2');
  expect(messages).toEqual([{ role: 'user', content: 'a' }]);
});
