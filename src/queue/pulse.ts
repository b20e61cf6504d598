// A thread that does nothing but give signs of life: it goes on while the process's main thread computes, and stops when
// the process is frozen.

import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { PULSE } from './orders.ts';

const { pulse } = workerData as { readonly pulse: number };
setInterval(() => {
  try {
    writeSync(PULSE, '.');
  } catch {
    // Nobody listens any more; the main thread ends when it sees that.
  }
}, pulse);
