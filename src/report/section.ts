// What a section of the report is: one object that says what it gathers, its figures, its tables and its text. All that
// is done for all of them (gathering, drawing, writing) is a loop over the table in sections.ts.

import type { FigureSpec } from '../figures/spec.ts';
import type { DrawnFigures } from './page/figure.ts';
import type { Markup } from './page/html.ts';
import type { Shared } from './shared.ts';
import type { ReportSource } from './source.ts';

/** A figure: its name in the report’s folder of figures, without ending, and its spec. Names never collide. */
export type Figure = readonly [stem: string, spec: FigureSpec];

/** A file of text: its path relative to the report’s folder, and its content. */
export type TextFile = readonly [path: string, content: string];

/** One section of the first page, with what belongs to it. */
export interface SectionParts<Data> {
  /** Of the element that `body` makes; the page’s contents link to it. */
  readonly id: string;
  /** In the contents. */
  readonly title: string;
  /** Names of the stages whose results it shows; of all that it gathers. */
  readonly needs: readonly string[];
  /** From current results alone; whatever is missing. */
  readonly gather: (source: ReportSource) => Promise<Data>;
  /** None by default. */
  readonly figures?: (data: Data, shared: Shared) => readonly Figure[];
  /** CSV files; none by default. */
  readonly tables?: (data: Data, shared: Shared) => readonly TextFile[];
  /** The `<section>`, with all figures that there are; null if there is nothing to say: then it is left out. */
  readonly body: (data: Data, shared: Shared, figures: DrawnFigures) => Markup | null;
  /** Pages of its own; none by default. */
  readonly pages?: (data: Data, shared: Shared, figures: DrawnFigures) => readonly TextFile[];
}

/** A section whose data are there. */
export interface GatheredSection {
  readonly id: string;
  readonly title: string;
  readonly figures: (shared: Shared) => readonly Figure[];
  readonly tables: (shared: Shared) => readonly TextFile[];
  readonly body: (shared: Shared, figures: DrawnFigures) => Markup | null;
  readonly pages: (shared: Shared, figures: DrawnFigures) => readonly TextFile[];
}

/** A section, whatever its data are. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly string[];
  readonly open: (source: ReportSource) => Promise<GatheredSection>;
}

/** A row of the table of sections. */
export function section<Data>(parts: SectionParts<Data>): SectionParts<Data> & Section {
  const { id, title, gather, figures, tables, body, pages } = parts;
  const open = async (source: ReportSource): Promise<GatheredSection> => {
    const data = await gather(source);
    return {
      id,
      title,
      figures: (shared) => figures?.(data, shared) ?? [],
      tables: (shared) => tables?.(data, shared) ?? [],
      body: (shared, drawn) => body(data, shared, drawn),
      pages: (shared, drawn) => pages?.(data, shared, drawn) ?? [],
    };
  };
  return { ...parts, open };
}

/** What to write, by path relative to the report’s folder: `index.html`, `figures/….svg`, `tables/….csv`. */
export type ReportFiles = ReadonlyMap<string, string | Uint8Array>;
