// A report whose pictures nobody looks at: pages, tables and SVGs as they are, without drawing pixels.

import { buildReport } from '../src/report/report.ts';
import type { ReportFiles } from '../src/report/section.ts';
import { SECTIONS } from '../src/report/sections.ts';
import type { ReportSource } from '../src/report/source.ts';

export function buildPages(source: ReportSource): Promise<ReportFiles> {
  return buildReport(source, SECTIONS, async () => new Uint8Array());
}
