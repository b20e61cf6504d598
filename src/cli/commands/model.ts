import { Option } from 'commander';
import { MODEL_DEVICES } from '../../models/onnx/device-names.ts';
import { TOLERANCE } from '../../models/verify.ts';
import { JSON_DOCUMENT, MODEL_ARGUMENT, positive, type Register, upTo } from './arguments.ts';

export const registerModel: Register = (program) => {
  const model = program.command('model').description('look at models');
  model
    .command('inspect')
    .description('say what a checkpoint is, what it needs and whether interbrain can run it')
    .argument(...MODEL_ARGUMENT)
    .option('--prompt <text>', 'let it reply to this text, as a check')
    .option(
      '--dtype <type>',
      'type of the weights in memory: fp32, q8, w8a8 or q4; on a device also fp16 or bf16',
      'fp32',
    )
    .addOption(new Option('--device <name>', 'where it shall run').choices(MODEL_DEVICES).default('cpu'))
    .option('--measure', 'load it and measure how fast it reads and speaks')
    .option(...JSON_DOCUMENT)
    .action(async (model, options) => (await import('../model.ts')).inspect(model, options));
  model
    .command('verify')
    .description(
      'compare its prompts, states and logits with transformers, layer by layer; exit code 2 if they differ',
    )
    .argument(...MODEL_ARGUMENT)
    .option(
      '--golden <file>',
      'what transformers computes; without such a file, the command that writes it is printed (default: NAME.golden.safetensors here)',
    )
    .option(
      '--tolerance <x>',
      'largest relative difference of a layer that counts as rounding',
      upTo(1, positive),
      TOLERANCE,
    )
    .option(
      '--dtype <type>',
      'type of the weights in memory: fp32, q8, w8a8 or q4; on a device also fp16 or bf16',
      'fp32',
    )
    .addOption(new Option('--device <name>', 'where it shall run').choices(MODEL_DEVICES).default('cpu'))
    .option(...JSON_DOCUMENT)
    .action(async (name, options) => (await import('../verify.ts')).verify(name, options));
};
