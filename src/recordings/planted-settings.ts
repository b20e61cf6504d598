// What recordings with a known truth are made from: options, defaults, and what does not work.

import { BadInput } from '../errors.ts';

export interface PlantedOptions {
  /** Decides everything that is random; 0 by default. */
  readonly seed?: number;
  /** 20 by default. */
  readonly scenarios?: number;
  /** Pairs of characters per scenario, all different; 3 by default. */
  readonly interactionsPerScenario?: number;
  /** Episodes per interaction, each with text of its own; 1 by default. */
  readonly repetitions?: number;
  /** Rounds per episode; with a range, drawn evenly from it. 8 by default. */
  readonly rounds?: number | readonly [number, number];
  /** Size of the residual stream, D; 16 by default. */
  readonly hiddenSize?: number;
  /** Layers of both models; 4 by default. */
  readonly layers?: number;
  /** How much of the speaker's own part enters the partner's state, as a factor; 0 by default, which is no interaction. */
  readonly strength?: number;
  /** How many rounds later than its next utterance the partner's state has it; 0 by default. */
  readonly lag?: number;
  /** Layers, 0-based, with the speaker's own part and what enters from the partner; all by default. */
  readonly coupledLayers?: readonly number[];
  /**
   * What both read, as factors: what all dialogues of a scenario share, what all of an interaction do, whatever the seed,
   * and what is one dialogue's own. 0 by default.
   */
  readonly text?: { readonly scenario?: number; readonly interaction?: number; readonly dialogue?: number };
  /** Correlation of a speaker's own part between its rounds; 0 by default: then it is fresh in every utterance. */
  readonly ownPersistence?: number;
  /** Correlation of the dialogue's text between adjacent utterances, whose prompts share nearly all of it; 0.95. */
  readonly persistence?: number;
  /**
   * Whether utterances have words that say what the partner then has read, for controls that look at the text; false by
   * default. With words, nothing is read before the first utterance but what the scenario's dialogues share.
   */
  readonly words?: boolean;
  /** Each state's noise, as a factor; 0.5 by default. */
  readonly noise?: number;
  /** Dimensions of each latent variable; 3 by default. */
  readonly latentSize?: number;
  /** Spread of the columns' scales, the standard deviation of their logarithms; 0 by default, 3 is heavy-tailed. */
  readonly columnSpread?: number;
}

/** All options, settled. */
export type PlantedSettings = Required<Omit<PlantedOptions, 'rounds' | 'text'>> & {
  readonly rounds: readonly [number, number];
  readonly text: { readonly scenario: number; readonly interaction: number; readonly dialogue: number };
};

/**
 * Options with their defaults.
 *
 * @throws BadInput for a size or a factor that does not work
 */
export function settle(options: PlantedOptions): PlantedSettings {
  const { rounds = 8, text = {}, layers = 4 } = options;
  const settings: PlantedSettings = {
    seed: 0,
    scenarios: 20,
    interactionsPerScenario: 3,
    repetitions: 1,
    hiddenSize: 16,
    layers,
    strength: 0,
    lag: 0,
    coupledLayers: Array.from({ length: layers }, (_, layer) => layer),
    persistence: 0.95,
    ownPersistence: 0,
    words: false,
    noise: 0.5,
    latentSize: 3,
    columnSpread: 0,
    ...options,
    rounds: typeof rounds === 'number' ? [rounds, rounds] : rounds,
    text: { scenario: 0, interaction: 0, dialogue: 0, ...text },
  };
  const { persistence, ownPersistence, noise, columnSpread, lag, strength, coupledLayers } = settings;
  const counts = [
    'scenarios',
    'interactionsPerScenario',
    'repetitions',
    'hiddenSize',
    'layers',
    'latentSize',
  ] as const;
  for (const name of counts)
    check(name, settings[name], Number.isInteger(settings[name]) && settings[name] > 0);
  const [fewest, most] = settings.rounds;
  check('rounds', fewest, Number.isInteger(fewest) && Number.isInteger(most) && fewest > 0 && most >= fewest);
  check('lag', lag, Number.isInteger(lag) && lag >= 0);
  check('strength', strength, Number.isFinite(strength));
  check('persistence', persistence, persistence >= 0 && persistence <= 1);
  check('ownPersistence', ownPersistence, ownPersistence >= 0 && ownPersistence <= 1);
  check('noise', noise, noise >= 0 && Number.isFinite(noise));
  check('columnSpread', columnSpread, columnSpread >= 0 && Number.isFinite(columnSpread));
  for (const layer of coupledLayers)
    check('coupledLayers', layer, Number.isInteger(layer) && layer >= 0 && layer < layers);
  return settings;
}

function check(name: string, value: number, valid: boolean): void {
  if (!valid) throw new BadInput(`planted ${name}`, `${value} does not work here`);
}
