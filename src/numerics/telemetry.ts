// ONNX Runtime reports its use to Microsoft from the moment it is loaded: it writes below ~/.cache/Microsoft and looks
// up a host. ORT_DISABLE_TELEMETRY=1 forbids it, but only in the environment of the process itself, which the library
// reads when it is loaded. In a thread `process.env` is a copy, so there the main thread has to be asked.

import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import { MissingDependency } from '../errors.ts';

const VARIABLE = 'ORT_DISABLE_TELEMETRY';
/** What threads are told that are started from here. */
const KNOWN = 'interbrain: ONNX Runtime reports nothing';
/** A main thread that waits for its worker does not answer. */
const PATIENCE = 2000;

/**
 * Forbids ONNX Runtime to report anything, for the whole process. To be called before it is loaded.
 *
 * @throws MissingDependency in a thread whose main thread does not answer
 */
export async function forbidTelemetry(): Promise<void> {
  process.env[VARIABLE] = '1';
  if (getEnvironmentData(KNOWN) === true) return;
  if (!isMainThread && !isInForce() && !(await askMainThread()))
    throw new MissingDependency(
      'ONNX Runtime without its telemetry',
      `set process.env.${VARIABLE} = '1' in the main thread before this thread is started, or the variable before the program`,
    );
  setEnvironmentData(KNOWN, true);
}

/** Whether the process's own environment says so, which a report shows and `process.env` of a thread does not. */
function isInForce(): boolean {
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report;
  const before = report.excludeNetwork;
  // A report looks up the names of sockets' other ends.
  report.excludeNetwork = true;
  const found: { environmentVariables?: Readonly<Record<string, string>> } = report.getReport();
  report.excludeNetwork = before ?? false;
  return found.environmentVariables?.[VARIABLE] === '1';
}

/** Sets the variable in the main thread, from where it reaches the process's environment. */
async function askMainThread(): Promise<boolean> {
  try {
    const { Session } = await import('node:inspector');
    const session = new Session();
    session.connectToMainThread();
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<boolean>((resolve) => {
      const expression = `process.env.${VARIABLE} = '1'`;
      session.post('Runtime.evaluate', { expression }, (error) => resolve(error === null));
      // Nothing else keeps the thread from ending before there is an answer.
      timer = setTimeout(resolve, PATIENCE, false);
    });
    return await answered.finally(() => {
      clearTimeout(timer);
      session.disconnect();
    });
  } catch {
    // A Node without an inspector.
    return false;
  }
}
