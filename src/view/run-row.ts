/** A run in a list of runs. */
export interface RunRow {
  /** Of its folder. */
  readonly name: string;
  readonly study: string;
  /** `not recorded`: it was run with --no-live, or by an older interbrain. */
  readonly state: 'running' | 'stopped' | 'done' | 'failed' | 'not recorded';
  readonly models: readonly string[];
  /** Whether one of these is a toy. */
  readonly toy: boolean;
  /** Of what was last heard of it, ISO 8601. */
  readonly date: string;
  /** SyncR² of the condition that others are compared with. */
  readonly pairs: readonly {
    readonly models: readonly [string, string];
    readonly value: number;
    readonly interval: { readonly low: number; readonly high: number } | null;
  }[];
  readonly reported: boolean;
  /** Why the run cannot be read. */
  readonly problem?: string;
}
