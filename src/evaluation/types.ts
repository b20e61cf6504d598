/** One thing that is scored, with the range of its scores. */
export interface Dimension {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly description: string;
}
/** One agent's scores by dimension name, each within its dimension's range; NaN never. */
export interface AgentScores {
  readonly scores: Readonly<Record<string, number>>;
  readonly reasons?: Readonly<Record<string, string>>;
}
interface JudgementBase {
  readonly format: 'interbrain-judgement-1';
  readonly interaction: string;
  readonly scenario: string;
  /** Study names of the models in seats A and B. */
  readonly models: readonly [string, string];
  readonly seed: number;
  /** `rule`, or the judge model's name. */
  readonly judge: string;
  readonly dimensions: readonly Dimension[];
  /** Hash of all that it depends on: the episode, the judge's model, prompt and settings. */
  readonly inputs: string;
  readonly attempts: number;
  readonly usage?: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly cost?: number;
  };
}
/** A judgement that was made, A's scores and B's; or one that failed, with why. */
export type Judgement =
  | (JudgementBase & { readonly status: 'judged'; readonly agents: readonly [AgentScores, AgentScores] })
  | (JudgementBase & { readonly status: 'failed'; readonly failure: string });
