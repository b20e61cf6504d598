/** What the message says of what Jinja or Python has and we have not. */
export const UNSUPPORTED = 'not supported in chat templates';

/** A template that is none, that refuses what it was given, or that asks for what we do not have. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
