import { studyJsonSchema } from '../studies/schema.ts';

export function schema(): void {
  process.stdout.write(`${JSON.stringify(studyJsonSchema(), null, 2)}\n`);
}
