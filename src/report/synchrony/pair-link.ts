import { pairLabel } from '../../figures/correlation-text.ts';
import { html, type Markup } from '../page/html.ts';
import type { ModelNames } from '../shared.ts';
import { pairPagePath } from './stems.ts';

/** A pair's name, as a link from the first page to its own. */
export function pairLink(models: ModelNames): Markup {
  return html`<a href="${encodeURI(pairPagePath(models))}">${pairLabel(models)}</a>`;
}
