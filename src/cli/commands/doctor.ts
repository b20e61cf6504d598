import { JSON_DOCUMENT, type Register } from './arguments.ts';

export const registerDoctor: Register = (program) => {
  program
    .command('doctor')
    .description('say whether this machine has what interbrain needs, and what it can compute on')
    .option('--install-cuda', 'fetch ONNX Runtime’s libraries for CUDA first (Linux x64)')
    .option(...JSON_DOCUMENT)
    .action(async (options) => (await import('../doctor.ts')).doctor(options));
};
