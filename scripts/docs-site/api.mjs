// The library's public names as Markdown, by typedoc.

import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Application } from 'typedoc';

/** @returns the text of every page, by its path: `index.md`, `functions/measureSynchrony.md` */
export async function apiPages(root, folder) {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: [join(root, 'src/index.ts')],
    tsconfig: join(root, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    out: folder,
    readme: 'none',
    name: 'API',
    entryFileName: 'index.md',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    hideGroupHeadings: false,
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    skipErrorChecking: true,
    logLevel: 'Warn',
    validation: { notExported: false, invalidLink: false, notDocumented: false },
  });
  const project = await app.convert();
  if (!project) throw new Error('typedoc could not read src/index.ts');
  await app.generateOutputs(project);
  const pages = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.md')) continue;
    const path = join(entry.parentPath, entry.name);
    pages.set(relative(folder, path).split(sep).join('/'), await readFile(path, 'utf8'));
  }
  return pages;
}
