// A reporter that ends a run in which a file of tests hangs, and says which: a loop without end lets no timeout through.
// What is asked for by some variables takes hours: whole simulations, a server of vLLM.

import { spawnSync } from 'node:child_process';
import type { Reporter, TestModule } from 'vitest/node';

/** Longer than any file takes on a busy machine. */
const LONGEST = 20 * 60_000;

const LONG = ['COVERAGE_STUDIES', 'COVERAGE_MODEL_PAIRS', 'NULL_STUDIES', 'INTERBRAIN_VLLM'];

export class Overdue implements Reporter {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  onTestModuleStart({ moduleId }: TestModule): void {
    if (LONG.some((name) => name in process.env)) return;
    const end = () => {
      process.stderr.write(`${moduleId} has not ended after ${LONGEST / 60_000} minutes\n`);
      // The process in which it hangs would go on without us.
      spawnSync('pkill', ['-KILL', '-P', String(process.pid)]);
      process.exit(1);
    };
    this.#timers.set(moduleId, setTimeout(end, LONGEST).unref());
  }

  onTestModuleEnd({ moduleId }: TestModule): void {
    clearTimeout(this.#timers.get(moduleId));
  }
}
