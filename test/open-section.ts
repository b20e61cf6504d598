// A section with its data, its figures as specs, and its text; for tests that look at one section alone.

import type { FigureSpec } from '../src/figures/spec.ts';
import type { Section } from '../src/report/section.ts';
import { sharedOf } from '../src/report/shared.ts';
import type { ReportSource } from '../src/report/source.ts';

export interface SampleSection {
  /** Empty if there is nothing to say. */
  readonly html: string;
  /** By stem. */
  readonly figures: ReadonlyMap<string, FigureSpec>;
  /** By path, with line feeds alone. */
  readonly tables: ReadonlyMap<string, string>;
  readonly pages: ReadonlyMap<string, string>;
}

/** Figures stand in it as pictures that lie beside it. */
export async function openSection(section: Section, source: ReportSource): Promise<SampleSection> {
  const shared = sharedOf(source);
  const gathered = await section.open(source);
  const figures = new Map(gathered.figures(shared));
  const drawnFrom = (root: string) =>
    new Map(
      [...figures.keys()].map((stem) => [stem, `<img src="${root}figures/${encodeURI(stem)}.svg" alt="">`]),
    );
  const pages = (root: string) => gathered.pages(shared, drawnFrom(root));
  return {
    html: gathered.body(shared, drawnFrom(''))?.text ?? '',
    figures,
    tables: new Map(gathered.tables(shared).map(([path, csv]) => [path, csv.replaceAll('\r\n', '\n')])),
    pages: new Map(
      pages('').map(([path, text]) => [
        path,
        path.includes('/') ? (pages('../').find(([other]) => other === path)?.[1] ?? text) : text,
      ]),
    ),
  };
}

/** A figure of a section; throws if it is not there. */
export function figureNamed({ figures }: SampleSection, stem: string): FigureSpec {
  const spec = figures.get(stem);
  if (!spec) throw new Error(`no figure ${stem}; there are ${[...figures.keys()].join(', ')}`);
  return spec;
}

/** A table of a section by its name; throws if it is not there. */
export function tableNamed({ tables }: SampleSection, name: string): string {
  const table = tables.get(`tables/${name}.csv`);
  if (table === undefined) throw new Error(`no table ${name}; there are ${[...tables.keys()].join(', ')}`);
  return table;
}
