// Markdown of this repository as HTML: headings get GitHub's anchors, links are led to where the site has what they name.

import { Marked } from 'marked';
import { escaped } from './page.mjs';

/** The anchor of a heading, as GitHub makes it. */
export function slugOf(text) {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** The words of tokens, without marks. */
function plain(tokens) {
  return tokens.map((one) => (one.tokens ? plain(one.tokens) : (one.text ?? ''))).join('');
}

/**
 * @param link where a link of the text leads: gives an address, or undefined for what is left out
 * @param nameOf what a link is called whose words are the name of its file
 * @param image gives an address whose data are in it
 * @returns the HTML, the first heading of the first level (which is left out of it), and those of the second
 */
export function render(text, { link, image, nameOf = () => undefined }) {
  const slugs = new Map();
  const headings = [];
  let title;
  const anchor = (words) => {
    const slug = slugOf(words);
    const count = slugs.get(slug) ?? 0;
    slugs.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  };
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth }) {
        const words = plain(tokens);
        const id = anchor(words);
        if (depth === 1 && title === undefined) {
          title = words;
          return '';
        }
        if (depth === 2) headings.push({ id, words });
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const name = plain(tokens).endsWith('.md') ? nameOf(href) : undefined;
        const inner = name === undefined ? this.parser.parseInline(tokens) : escaped(name);
        const to = link(href);
        return to === undefined ? inner : `<a href="${escaped(to)}">${inner}</a>`;
      },
      image({ href, text: words }) {
        return `<img alt="${escaped(words)}" src="${image(href)}">`;
      },
      // No document brings markup of its own.
      html({ text: words }) {
        return escaped(words);
      },
      table({ header, rows }) {
        const cells = (row, tag) =>
          row
            .map(({ tokens, align }) => {
              const aligned = align === 'right' ? ' class="number"' : '';
              const scope = tag === 'th' ? ' scope="col"' : '';
              return `<${tag}${scope}${aligned}>${this.parser.parseInline(tokens)}</${tag}>`;
            })
            .join('');
        const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
        return `<div class="scroll" tabindex="0"><table><thead><tr>${cells(header, 'th')}</tr></thead><tbody>${body}</tbody></table></div>\n`;
      },
      code({ text: words }) {
        return `<pre tabindex="0"><code>${escaped(words)}</code></pre>\n`;
      },
    },
  });
  const body = marked.parse(text);
  return { body, title, headings };
}

/** Links to the sections of a long page. */
export function contentsOf(headings) {
  if (headings.length < 4) return '';
  const items = headings.map(({ id, words }) => `<li><a href="#${id}">${escaped(words)}</a></li>`);
  return `<details class="contents"><summary>On this page</summary><ul>${items.join('')}</ul></details>`;
}
