// What a model thinks of texts that it is given, instead of saying one itself: log-likelihoods of continuations, and
// the distribution over labels.
//
// The texts are read token by token from the prompt that the conversation has cached. Continuations that begin alike
// share what they share, so a set of one-token labels costs one reading of the prompt.

import { BadInput } from '../errors.ts';
import { at } from '../numerics/lookup.ts';
import { lacking, requireCapability } from './capabilities.ts';
import type { Conversation, LanguageModel, LogLikelihood } from './language-model.ts';

/** The distribution over labels as a reply's beginning. All in the order of the labels. */
export interface LabelProbabilities {
  /** Probabilities given that the reply begins with one of the labels; they sum to 1. */
  readonly probabilities: readonly number[];
  /** Natural logarithms of the probabilities among all replies. */
  readonly logProbabilities: readonly number[];
  /** Share of all replies that begin with a label, 0 to 1. Little of it: the model was not going to answer so. */
  readonly mass: number;
}

/** A prefix of continuations, and the tokens that come next. */
interface Branch {
  readonly next: Map<number, Branch>;
  /** Which continuations end here. */
  readonly ends: number[];
}

/** Who asks for a capability. */
const WANTED = 'label probabilities and log-likelihoods';

/**
 * Log-likelihoods of `continuations` after `prompt`, at temperature 1. Continuations are token ids
 * (`LanguageModel.tokenizeContinuation`); an empty one has probability 1.
 *
 * @param model whose conversation it is
 * @throws ModelMismatch for a model that has no likelihoods; BadInput if prompt and continuation do not fit into the
 *   context, or a token is not in the vocabulary
 */
export async function logLikelihoods(
  model: Pick<LanguageModel, 'info'>,
  conversation: Conversation,
  prompt: readonly number[],
  continuations: readonly (readonly number[])[],
): Promise<LogLikelihood[]> {
  requireCapability(model.info, 'likelihoods', WANTED);
  if (conversation.logLikelihoods) return conversation.logLikelihoods(prompt, continuations);
  const root: Branch = { next: new Map(), ends: [] };
  for (const [index, tokens] of continuations.entries()) plant(root, tokens, index);
  const results: LogLikelihood[] = new Array(continuations.length);
  // Depth first: each reading goes on from the one before it, or from a cached beginning of it.
  const visit = async (branch: Branch, path: readonly number[], so: LogLikelihood): Promise<void> => {
    for (const index of branch.ends) results[index] = so;
    if (branch.next.size === 0) return;
    const { logits } = await conversation.read([...prompt, ...path]);
    if (logits === undefined) throw lacking(model.info, 'logits', WANTED);
    const { normaliser, best } = summarise(logits);
    for (const [token, following] of branch.next) {
      const logit = logits[token];
      if (logit === undefined)
        throw new BadInput(
          'a continuation',
          `token ${token} is not in the vocabulary of ${logits.length} tokens`,
        );
      await visit(following, [...path, token], {
        logProbability: so.logProbability + (logit - normaliser),
        tokens: so.tokens + 1,
        greedy: so.greedy && token === best,
      });
    }
  };
  await visit(root, [], { logProbability: 0, tokens: 0, greedy: true });
  return results;
}

/**
 * How probable it is that the model's reply to `prompt` begins with each of the labels. A label counts with all of its
 * tokens. Where one label begins another (`1` and `10`, if `10` is two tokens), the shorter one counts for the
 * replies that do not go on to the longer one, so that no reply counts twice. A label is taken as it is written:
 * models that answer with a blank first need the blank in the label.
 *
 * @throws BadInput for no labels, an empty one, or two of the same tokens; ModelMismatch and others as `logLikelihoods`
 *   does
 */
export async function labelProbabilities(
  model: Pick<LanguageModel, 'info' | 'tokenizeContinuation'>,
  conversation: Conversation,
  prompt: readonly number[],
  labels: readonly string[],
): Promise<LabelProbabilities> {
  const tokens = labels.map((label) => model.tokenizeContinuation(label));
  checkLabels(model.info.id, labels, tokens);
  const found = await logLikelihoods(model, conversation, prompt, tokens);
  const whole = found.map(({ logProbability }) => logProbability);
  const labelled = tokens.map((ids, i) => ({ ids, whole: at(whole, i) }));
  const own = labelled.map((label) => logDifference(label.whole, wholeOfExtensions(label.ids, labelled)));
  const total = logSum(own);
  return {
    probabilities: own.map((value) => Math.exp(value - total)),
    logProbabilities: own,
    mass: Math.min(1, Math.exp(total)),
  };
}

function plant(root: Branch, tokens: readonly number[], index: number): void {
  let branch = root;
  for (const token of tokens) {
    let next = branch.next.get(token);
    if (!next) {
      next = { next: new Map(), ends: [] };
      branch.next.set(token, next);
    }
    branch = next;
  }
  branch.ends.push(index);
}

/** The logarithm of the softmax's denominator, and the likeliest token. */
function summarise(logits: Float32Array): { normaliser: number; best: number } {
  let best = 0;
  let largest = at(logits, 0);
  logits.forEach((logit, token) => {
    if (logit <= largest) return;
    best = token;
    largest = logit;
  });
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return { normaliser: largest + Math.log(sum), best };
}

function checkLabels(model: string, labels: readonly string[], tokens: readonly (readonly number[])[]): void {
  if (labels.length === 0) throw new BadInput(model, 'there are no labels; at least one is needed');
  const seen = new Map<string, string>();
  for (const [i, label] of labels.entries()) {
    const ids = at(tokens, i);
    if (ids.length === 0) throw new BadInput(model, `label ${JSON.stringify(label)} has no tokens`);
    const other = seen.get(ids.join());
    if (other !== undefined)
      throw new BadInput(
        model,
        `labels ${JSON.stringify(other)} and ${JSON.stringify(label)} are the same tokens; leave one out`,
      );
    seen.set(ids.join(), label);
  }
}

const begins = (whole: readonly number[], beginning: readonly number[]) =>
  whole.length > beginning.length && beginning.every((token, i) => whole[i] === token);

/** Log-probability of the replies that go on from these tokens to a longer label. */
function wholeOfExtensions(
  ids: readonly number[],
  labels: readonly { readonly ids: readonly number[]; readonly whole: number }[],
): number {
  const longer = labels.filter((other) => begins(other.ids, ids));
  // Those that extend another extension are part of it.
  const nearest = longer.filter((other) => !longer.some((between) => begins(other.ids, between.ids)));
  return logSum(nearest.map(({ whole }) => whole));
}

/** log Σ exp; −∞ for nothing. */
function logSum(values: readonly number[]): number {
  const largest = Math.max(...values);
  if (!Number.isFinite(largest)) return Number.NEGATIVE_INFINITY;
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

/** log(exp(a) − exp(b)) for b ≤ a; −∞ where rounding puts b at a or above. */
function logDifference(a: number, b: number): number {
  return b < a ? a + Math.log1p(-Math.exp(b - a)) : Number.NEGATIVE_INFINITY;
}
