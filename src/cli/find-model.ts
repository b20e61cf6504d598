// What a person means by the name of a model.

import { existsSync } from 'node:fs';
import { BadInput } from '../errors.ts';
import { embeddedModelFolder, embeddedModels } from '../models/embedded.ts';
import { HUB_NAME } from '../models/hub/name.ts';
import { hubSnapshot } from '../models/hub/snapshot.ts';
import { tellDownload } from '../studies/preparing.ts';
import type { Reader } from './reader.ts';

/**
 * The checkpoint of a folder or a GGUF file, `hub:org/name`, `org/name` if there is no such folder, either with `/` and a
 * GGUF file of the repository, or the name of an embedded model; a hub model is downloaded if it is not there.
 *
 * @throws BadInput for a name that is none of these, or a path where nothing is; as `hubSnapshot` does
 */
export async function findFolder(model: string, reader: Reader): Promise<string> {
  if (existsSync(model)) return model;
  if (PATH.test(model)) throw noSuchFolder(model);
  const prefixed = model.startsWith('hub:');
  const { name, file } = splitFile(prefixed ? model.slice('hub:'.length) : model);
  if (!prefixed && !HUB_NAME.test(name)) {
    if (file === undefined) return embeddedModelFolder(model, model);
    throw new BadInput(model, 'there is no such file; on the hub it would be ORG/NAME/FILE.gguf');
  }
  if (!prefixed)
    reader.say(`No ${file ? 'file' : 'folder'} ${model} here: taken as the name of a hub model.`);
  return (await hubSnapshot(name, { onDownload: tellDownload(reader.on), file })).folder;
}

/** `./x`, `../x`, `/x`, `~/x`, `C:\\x`, `x/`: what can only be a place on this machine. */
const PATH = /^(?:\.{1,2}(?:[\\/]|$)|[\\/]|~|[A-Za-z]:\\|(?!hub:).*(?:\\|\/$))/;

function noSuchFolder(model: string): BadInput {
  const kind = model.endsWith('.gguf') ? 'file' : 'folder';
  return new BadInput(
    model,
    `there is no such ${kind}; a model is a folder in Hugging Face layout, a GGUF file, org/name on the hub, or an embedded model: ${embeddedModels().join(', ')}`,
  );
}

/** `org/name/model.gguf` is a file of `org/name`. */
function splitFile(model: string): { readonly name: string; readonly file?: string } {
  if (!model.endsWith('.gguf')) return { name: model };
  const slash = model.lastIndexOf('/');
  return { name: model.slice(0, Math.max(slash, 0)), file: model.slice(slash + 1) };
}
