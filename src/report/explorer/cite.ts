// How to cite a run: what was run, with which program, and a hash that is the same wherever the same results are.

import { createHash } from 'node:crypto';
import type { PageData } from '../../view/data.ts';
import type { ReportSource } from '../source.ts';

/** What the hash covers: the study, what the models are (wherever they lie), and every number of the maps. */
function hashOfRun({ manifest, study }: ReportSource, maps: PageData['maps']): string {
  const models = Object.entries(manifest.models).map(([name, { id, revision, dtype }]) => [
    name,
    id,
    revision,
    dtype,
  ]);
  const numbers = maps.map(({ id, mean, bySplit }) => [id, mean, bySplit]);
  const { layers, ...states } = study.states;
  // As before there was a choice of layers, so that what is cited keeps its hash.
  const cited = { ...study, models: null, states: layers === 'all' ? states : study.states };
  return createHash('sha256')
    .update(JSON.stringify([cited, models, numbers]))
    .digest('hex');
}

/** Of a BibTeX entry’s field: braces and backslashes would end or change it. */
const plain = (text: string) => text.replace(/[{}\\%&#$_^~]/g, ' ').trim();

export function citeOf(source: ReportSource, maps: PageData['maps']): PageData['cite'] {
  const { manifest, study } = source;
  const sha256 = hashOfRun(source, maps);
  const names = Object.keys(manifest.models).join(', ');
  const { interbrain } = manifest.versions;
  return {
    text: `${study.name}: neural synchrony of ${names}. Run with interbrain ${interbrain}; results ${sha256.slice(0, 12)}.`,
    bibtex: [
      `@misc{interbrain-${sha256.slice(0, 12)},`,
      `  title = {${plain(study.name)}: neural synchrony of ${plain(names)}},`,
      `  note = {Run with interbrain ${interbrain}, SHA-256 ${sha256}},`,
      '}',
    ].join('\n'),
    sha256,
  };
}
