import type { ResultFile, StoredResult } from '../recordings/result-file.ts';
import { type LayerKeys, withLayerNumbers, withLayerPlaces } from '../synchrony/layer-numbers.ts';
import type { RecordedSides } from './measure-head.ts';

/**
 * Files whose results name layers of a study that has recorded some of them: by their numbers on disk, and by their places
 * in memory.
 *
 * @param keys under which names
 */
export function numberedFile<Result extends RecordedSides>(
  file: ResultFile<Result>,
  keys: LayerKeys,
): ResultFile<Result> {
  const placed = ({ inputs, result }: StoredResult<Result>) => {
    return { inputs, result: withLayerPlaces(result, keys, result) };
  };
  return {
    ...file,
    read: async (path) => placed(await file.read(path)),
    readIfThere: async (path) => {
      const stored = await file.readIfThere(path);
      return stored && placed(stored);
    },
    write: (path, { inputs, result }) =>
      file.write(path, { inputs, result: withLayerNumbers(result, keys, result) }),
  };
}
