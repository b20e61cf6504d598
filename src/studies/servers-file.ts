// The servers that computed a run's models, as they were found: what a study file cannot know, and what numbers may depend on.

import { z } from 'zod';
import type { LanguageModel, ServerFacts } from '../models/language-model.ts';
import { serversPath } from '../recordings/layout.ts';
import { jsonFile } from '../recordings/result-file.ts';

const FORMAT = 'interbrain-servers-1';

const facts = z.object({
  url: z.string(),
  version: z.string().exactOptional(),
  contextLength: z.number().exactOptional(),
  capacity: z.number().exactOptional(),
  notes: z.array(z.string()).readonly().exactOptional(),
}) satisfies z.ZodType<ServerFacts>;

const schema = z.object({ format: z.literal(FORMAT), servers: z.array(facts) });

/** `servers/<model>.json` (docs/results.md). */
const serversFile = jsonFile<z.infer<typeof schema>>({ format: FORMAT, schema });

/** Adds the servers of a model to those that are known of a run; a model that is computed here has none. */
export async function rememberServers(
  run: string,
  name: string,
  { servers }: Pick<LanguageModel, 'servers'>,
): Promise<void> {
  if (!servers || servers.length === 0) return;
  const path = serversPath(run, name);
  const known = (await serversFile.readIfThere(path))?.servers ?? [];
  const others = known.filter(
    ({ url, version }) => !servers.some((one) => one.url === url && one.version === version),
  );
  await serversFile.write(path, { format: FORMAT, servers: [...others, ...servers] });
}
