// What a worker and the process that computes for it say to each other. All of it is plain data.

import type { PackedError } from '../files/packed-error.ts';
import type { Device } from '../numerics/device.ts';
import type { Identity } from './identity.ts';
import type { Job, Settled } from './jobs.ts';

/** What a worker may use of its machine. */
export interface WorkerResources {
  readonly threads?: number | undefined;
  readonly memory?: number | undefined;
  readonly kvMemory?: number | undefined;
  readonly atOnce?: number | undefined;
  readonly device?: Device | undefined;
}

/** To the process that computes: first `open`, then one `make` after the other. */
export type Order =
  | {
      readonly what: 'open';
      readonly file: string;
      /** The folder in which runs are kept. */
      readonly out: string;
      readonly interactions?: number | undefined;
      readonly identity: Identity;
      /** Those that the worker takes; all if undefined. */
      readonly stages?: readonly string[] | undefined;
      readonly resources: WorkerResources;
      /** Milliseconds between two signs of life. */
      readonly pulse: number;
    }
  | { readonly what: 'make'; readonly job: Job; readonly folder: string }
  | { readonly what: 'stop' };

/** How an attempt at a job ended. */
export type Made =
  | { readonly how: 'made'; readonly settled: readonly Settled[] }
  /** Not for a reason that lies in the task: another process may well make it. */
  | { readonly how: 'lost'; readonly reason: string }
  /** The files that it is made of are not the ones that the run's process sees, or not yet. */
  | { readonly how: 'other inputs' };

/** From the process that computes: first `ready` or `refused`, and `ended` for every `make`. */
export type Word =
  | { readonly what: 'ready' }
  | { readonly what: 'refused'; readonly error: PackedError }
  | { readonly what: 'ended'; readonly made: Made }
  | { readonly what: 'done'; readonly task: string }
  | { readonly what: 'within'; readonly units: number; readonly detail?: string }
  /** A turn or a warning, for the run's process; or a model that is made ready, for people at this machine. */
  | { readonly what: 'event'; readonly event: unknown };

/** The file descriptor on which the process that computes gives signs of life. */
export const PULSE = 4;
