import { expect, it } from 'vitest';
import { openSection } from '../../../test/open-section.ts';
import { sampleReport } from '../../../test/sample-report.ts';
import { sharedOf } from '../shared.ts';
import { sharedNotes } from '../synchrony/figure-notes.ts';
import { settings } from './settings-section.ts';

const made = { samples: 10, lambda: 0.1, groupBy: 'interaction', splitSeeds: [0, 1] } as const;

it('says where states were taken and how they are kept, if not as in the paper', async () => {
  const usual = sampleReport();
  expect((await openSection(settings, usual)).html).not.toContain('<dt>States</dt>');
  expect(sharedNotes([made], sharedOf(usual)).some((note) => note.startsWith('states'))).toBe(false);
  const other = sampleReport({ settings: { states: { position: 'mean-of-own', values: 'F16' } } });
  expect((await openSection(settings, other)).html).toContain(
    '<dt>States</dt><dd>the mean over the tokens of the own last line, in place of the last token of the prompt; kept as 16-bit floats</dd>',
  );
  expect(sharedNotes([made], sharedOf(other))).toContain('states: mean of own');
});
