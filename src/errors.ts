// The few kinds of error. Each message says what was wrong, where, what is valid and what to do next;
// the command line prints the message alone and exits with `exitCode`.

/** Characters that a terminal would obey, and those that turn the direction of writing. */
const UNPRINTABLE = /(?![\n\t])\p{Cc}|[\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Longest line of a message: somebody else's file may hold a name of a megabyte. */
const LONGEST_LINE = 2000;

/** A text of somebody else's as it can be shown: characters that change a terminal by their numbers. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

function readable(message: string): string {
  const lines = printable(message).split('\n');
  return lines.map(shortened).join('\n');
}

/** The beginning and the end: what is wrong, and what to do. */
function shortened(line: string): string {
  const half = LONGEST_LINE / 2;
  return line.length > LONGEST_LINE ? `${line.slice(0, half)} … ${line.slice(-half)}` : line;
}

/** Base of every error that a user can act on. Anything else that is thrown is a bug. */
export abstract class InterbrainError extends Error {
  /** Exit status of the command line: 2 for wrong input, 3 for the surroundings. */
  readonly exitCode: number = 2;
  /** @param message may quote somebody else's text; it is made fit to be shown */
  constructor(message: string, options?: ErrorOptions) {
    super(readable(message), options);
  }
  override get name(): string {
    return this.constructor.name;
  }
}

/** A study, an option or a data file that says something we cannot follow. */
export class BadInput extends InterbrainError {
  /** Where the mistake stands, or the first of several: `study.yaml:7:5 pairs[1]`, or a path. */
  readonly where: string;
  /** Every mistake with its place. The message is these lines. */
  readonly problems: readonly string[];
  constructor(
    where: string,
    message: string,
    { problems, ...options }: ErrorOptions & { readonly problems?: readonly string[] } = {},
  ) {
    super(`${where}: ${message}`, options);
    this.where = printable(where);
    this.problems = problems?.map(readable) ?? [this.message];
  }
}

/** A file of ours, or a checkpoint's, whose bytes are not what its format promises. */
export class CorruptFile extends InterbrainError {
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.path = path;
  }
}

/** A file that the machine does not let us read or write: a full disk, a missing right. */
export class FileFailure extends InterbrainError {
  override readonly exitCode: number = 3;
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.path = path;
  }
}

/** A file of ours that is whole, but of a format or version that this interbrain does not read. */
export class OtherFormat extends InterbrainError {
  readonly path: string;
  /** The format that the file names: `interbrain-probes-1`. */
  readonly found: string;
  /** The format that is read here. */
  readonly expected: string;
  constructor(path: string, found: string, expected: string, advice: string) {
    super(`${path}: its format is ${found}, but ${expected} is what this interbrain reads; ${advice}`);
    this.path = path;
    this.found = found;
    this.expected = expected;
  }
}

/** A checkpoint that cannot be run: wrong shape, missing tensor, unsupported architecture. */
export class ModelMismatch extends InterbrainError {
  readonly model: string;
  constructor(model: string, message: string, options?: ErrorOptions) {
    super(`${model}: ${message}`, options);
    this.model = model;
  }
}

/** A model that stopped in the middle of its work: out of memory, or crashed. */
export class ModelFailure extends InterbrainError {
  override readonly exitCode: number = 3;
  readonly model: string;
  constructor(model: string, message: string, options?: ErrorOptions) {
    super(`${model}: ${message}`, options);
    this.model = model;
  }
}

/** Fewer samples than were asked for. */
export class NotEnoughSamples extends InterbrainError {
  readonly have: number;
  readonly need: number;
  constructor(where: string, have: number, need: number, advice: string) {
    super(`${where}: ${have} samples, but ${need} are needed; ${advice}`);
    this.have = have;
    this.need = need;
  }
}

/** An optional package or program that is not there. */
export class MissingDependency extends InterbrainError {
  override readonly exitCode: number = 3;
  readonly dependency: string;
  constructor(dependency: string, advice: string, options?: ErrorOptions) {
    super(`${dependency} is not available; ${advice}`, options);
    this.dependency = dependency;
  }
}

/** A server that did not answer as it should. */
export class RemoteFailure extends InterbrainError {
  override readonly exitCode: number = 3;
  readonly url: string;
  constructor(url: string, message: string, options?: ErrorOptions) {
    super(`${url}: ${message}`, options);
    this.url = url;
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of an error: `ENOENT`; undefined if it has none. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
