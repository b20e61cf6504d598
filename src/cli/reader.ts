// What a command does with the events of its work: tells them to a person, or writes them down for a program.

import type { OnEvent } from '../studies/events.ts';

export interface Reader {
  readonly on: OnEvent;
  /** Says something to the person, on stderr, without spoiling what else is printed. */
  readonly say: (text: string) => void;
  /** Notes what ended the work, where there is a program that reads it; the person hears of it from main.ts. */
  readonly fail: (error: unknown) => void;
  /** Ends the printing; nothing of the reader is left behind. */
  readonly close: () => void;
}
