// Which licences interbrain's dependencies have, from npm's own bill of materials (npm sbom); one that nobody has looked
// at ends this with 1. `--sbom FILE` writes the bill of materials as well (CycloneDX).

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Licences under which a dependency may be used and passed on with this package. */
const ALLOWED = new Set([
  ...[
    'MIT',
    'ISC',
    'Apache-2.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    '0BSD',
    'MPL-2.0',
    'OFL-1.1',
    'BlueOak-1.0.0',
  ],
  ...['CC0-1.0', 'Unlicense', 'MIT AND OFL-1.1'],
]);

const text = execFileSync(
  'npm',
  ['sbom', '--package-lock-only', '--omit', 'dev', '--sbom-format', 'cyclonedx'],
  {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1e8,
  },
);
const at = process.argv.indexOf('--sbom');
if (at !== -1) writeFileSync(process.argv[at + 1] ?? 'sbom.json', text);

/** `(MIT OR Apache-2.0)`: one of them is enough. */
const isAllowed = (licence) =>
  ALLOWED.has(licence) ||
  licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((one) => ALLOWED.has(one));

const { components } = JSON.parse(text);
const bad = components.flatMap(({ name, version, licenses = [] }) => {
  const own = licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? '');
  return own.length > 0 && own.every(isAllowed)
    ? []
    : [`${name} ${version}: ${own.join(', ') || 'no licence'}`];
});
if (components.length === 0) bad.push('the bill of materials is empty');
for (const line of bad) console.error(line);
if (bad.length > 0)
  console.error('Not among the allowed licences; look at them, then add them to scripts/check-licences.mjs.');
process.exit(bad.length > 0 ? 1 : 0);
