// In a file of its own, so that naming them loads nothing else.

/** Where a study or a program may ask for a model to run; devices.ts says what each is. */
export const MODEL_DEVICES = ['cpu', 'cuda', 'webgpu', 'dml', 'coreml'] as const;

export type ModelDevice = (typeof MODEL_DEVICES)[number];
