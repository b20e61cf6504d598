// What a person means by the name of a model.

import { existsSync } from 'node:fs';
import { embeddedModelFolder } from '../models/embedded.ts';
import { HUB_NAME } from '../models/hub/name.ts';
import { hubSnapshot } from '../models/hub/snapshot.ts';
import { tellDownload } from '../studies/preparing.ts';
import type { Reader } from './reader.ts';

/**
 * The checkpoint's folder of a folder, `hub:org/name`, `org/name` if there is no such folder, or the name of an embedded
 * model; a hub model is downloaded if it is not there.
 *
 * @throws BadInput for a name that is none of these; as `hubSnapshot` does
 */
export async function findFolder(model: string, reader: Reader): Promise<string> {
  if (existsSync(model)) return model;
  const prefixed = model.startsWith('hub:');
  if (!prefixed && !HUB_NAME.test(model)) return embeddedModelFolder(model, model);
  if (!prefixed) reader.say(`No folder ${model} here: taken as the name of a hub model.`);
  const name = prefixed ? model.slice('hub:'.length) : model;
  return (await hubSnapshot(name, { onDownload: tellDownload(reader.on) })).folder;
}
