// One line that says how far a long piece of work is, how fast it goes and how long it still takes.

import type { DownloadProgress } from '../models/hub/snapshot.ts';
import type { QuantizeProgress } from '../models/source-kind.ts';
import type { Progress } from '../studies/progress.ts';
import { formatBytes } from './bytes.ts';

/** 75 → `1 min 15 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `episodes 12/180 (3 done before) · 2.1/s · 1 min 20 s left`. */
export function progressLine(progress: Progress, elapsed: number): string {
  const { what, done, total, skipped, unit, detail } = progress;
  const fresh = done - skipped;
  const rate = fresh / elapsed;
  const count = (value: number) => (unit === 'bytes' ? formatBytes(value) : `${value}`);
  const before = skipped > 0 ? ` (${count(skipped)} done before)` : '';
  const head = `${what} ${count(done)}/${count(total)}${before}`;
  if (fresh <= 0 || elapsed <= 0) return head;
  const each = rate >= 1 ? `${rate.toFixed(1)}/s` : `${(1 / rate).toFixed(1)} s each`;
  const speed = unit === 'bytes' ? `${formatBytes(rate)}/s` : each;
  if (done >= total) return `${head} · ${duration(elapsed)} · ${speed}`;
  return `${head} · ${speed} · ${duration((total - done) / rate)} left${detail ? ` · ${detail}` : ''}`;
}

/** The same line for the files of a hub model. */
export function downloadProgress(update: (progress: Progress) => void): (download: DownloadProgress) => void {
  return ({ model, file, fileBytes, fileTotal, bytes, total, before }) =>
    update({
      what: `download ${model}`,
      done: bytes,
      total,
      skipped: before,
      unit: 'bytes',
      detail: `${file} ${Math.floor((100 * fileBytes) / Math.max(fileTotal, 1))} %`,
    });
}

/** The same line for a checkpoint that is quantised. */
export function quantizeProgress(
  update: (progress: Progress) => void,
  model: string,
): (progress: QuantizeProgress) => void {
  return ({ done, total }) => update({ what: `quantise ${model}`, done, total, skipped: 0, unit: 'bytes' });
}

/** Rewrites one line on a terminal; elsewhere prints a line now and then, for logs. */
export function createProgressPrinter(
  out: NodeJS.WriteStream,
  now: () => number = () => performance.now() / 1000,
) {
  let stage = '';
  let start = 0;
  let printed = Number.NEGATIVE_INFINITY;
  let open = false;
  const interval = out.isTTY ? 0.1 : 10;
  const finishLine = () => {
    if (open) out.write('\n');
    open = false;
  };
  return {
    update(progress: Progress): void {
      const time = now();
      if (progress.what !== stage) {
        finishLine();
        stage = progress.what;
        start = time;
        printed = Number.NEGATIVE_INFINITY;
      }
      const over = progress.done >= progress.total;
      if (!over && time - printed < interval) return;
      printed = time;
      const line = progressLine(progress, time - start);
      if (out.isTTY) {
        out.write(`\r\u001b[2K${line.slice(0, out.columns - 1)}`);
        open = true;
        if (over) finishLine();
      } else if (over || progress.done > 0) out.write(`${line}\n`);
    },
    finishLine,
  };
}
