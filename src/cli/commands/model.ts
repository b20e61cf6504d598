import { Option } from 'commander';
import { MODEL_DEVICES } from '../../models/onnx/device-names.ts';
import { JSON_DOCUMENT, MODEL_ARGUMENT, type Register } from './arguments.ts';

export const registerModel: Register = (program) => {
  program
    .command('model')
    .description('look at models')
    .command('inspect')
    .description('say what a checkpoint is, what it needs and whether interbrain can run it')
    .argument(...MODEL_ARGUMENT)
    .option('--prompt <text>', 'let it reply to this text, as a check')
    .option(
      '--dtype <type>',
      'type of the weights in memory: fp32, q8 or q4; on a device also fp16 or bf16',
      'fp32',
    )
    .addOption(new Option('--device <name>', 'where it shall run').choices(MODEL_DEVICES).default('cpu'))
    .option('--measure', 'load it and measure how fast it reads and speaks')
    .option(...JSON_DOCUMENT)
    .action(async (model, options) => (await import('../model.ts')).inspect(model, options));
};
