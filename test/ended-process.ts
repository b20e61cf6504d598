// A process that was and is no more, for tests of what a killed run leaves.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { type ProcessIdentity, processOf } from '../src/recordings/processes.ts';

/** Starts a process, kills it and says who it was. */
export async function endedProcess(): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const found = processOf(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  if (found === undefined) throw new Error('the process was gone before it was looked at');
  return found;
}
