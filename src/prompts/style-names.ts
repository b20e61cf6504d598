/** The prompt styles that there are; styles.ts has what each does. */
export const STYLES = ['transcript', 'chat'] as const;
export type StyleName = (typeof STYLES)[number];
