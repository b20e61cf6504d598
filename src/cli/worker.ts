// `interbrain worker`: one of those who make the results of a run.

import { parseQueueAddress } from '../queue/address.ts';
import type { WorkerResources } from '../queue/orders.ts';
import { interruptSignal } from './interrupt.ts';
import { leaveQueue } from './leave-queue.ts';

interface WorkerCommand extends WorkerResources {
  readonly queue: string;
  readonly out: string;
  readonly stages?: readonly string[];
  readonly models?: readonly string[];
  readonly stay?: boolean;
}

export async function worker({ queue, ...options }: WorkerCommand): Promise<void> {
  const address = parseQueueAddress(queue);
  const { work } = await import('../queue/worker.ts');
  const say = (text: string) => process.stdout.write(`${new Date().toISOString()} ${text}\n`);
  const { signal, release } = interruptSignal((text) => process.stderr.write(`${text}\n`));
  try {
    await work({ ...options, address, say, signal });
    // What it had goes to another; nothing is lost by stopping it.
    if (signal.aborted) say('Stopped.');
  } finally {
    release();
    leaveQueue();
  }
}
