/** Types of weights and states that a server computes in. */
export const SERVED_DTYPES = ['fp32', 'fp16', 'bf16'] as const;
export type ServedDtype = (typeof SERVED_DTYPES)[number];
