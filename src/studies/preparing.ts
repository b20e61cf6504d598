// Models being made ready, as events.

import type { DownloadProgress } from '../models/hub/snapshot.ts';
import type { QuantizeProgress } from '../models/source-kind.ts';
import type { OnEvent } from './events.ts';

/** Tells of the files of a hub model as they come, under the name that it has on the hub. */
export function tellDownload(on: OnEvent): (progress: DownloadProgress) => void {
  return ({ model, file, fileBytes, fileTotal, bytes, total, before }) =>
    on({
      type: 'preparing',
      what: `download ${model}`,
      done: bytes,
      total,
      skipped: before,
      unit: 'bytes',
      detail: `${file} ${Math.floor((100 * fileBytes) / Math.max(fileTotal, 1))} %`,
    });
}

/** Tells of a checkpoint that is quantised or unpacked. */
export function tellQuantizing(on: OnEvent, model: string): (progress: QuantizeProgress) => void {
  return ({ what, done, total }) =>
    on({ type: 'preparing', what: `${what} ${model}`, done, total, skipped: 0, unit: 'bytes' });
}
