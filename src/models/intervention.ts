// What can be done to a model's states while it reads and speaks (docs/method.md §20): a vector that is added, a state
// that is put in the place of its own, directions along which it is levelled.

/** Directions that can be removed at once in a layer. */
export const MOST_DIRECTIONS = 64;

/**
 * What becomes of the residual stream x after a decoder layer: first x is replaced, then its projection on the directions
 * is removed, then a vector is added.
 */
export interface LayerIntervention {
  /** Decoder layer, 0-based. */
  readonly layer: number;
  /** In place of x. Shape: (hiddenSize). */
  readonly replace?: Float32Array;
  /** Orthonormal directions, 1 to 64 of them; x loses what it has along them. Shape: (directions, hiddenSize), row-major. */
  readonly remove?: Float32Array;
  /** What x keeps along the removed directions in place of its own: the projection of this; 0 by default. Shape: (hiddenSize). */
  readonly about?: Float32Array;
  /** Added to x. Shape: (hiddenSize). */
  readonly add?: Float32Array;
}

/** What is done to a model's states in one reading or reply. */
export interface Intervention {
  /**
   * `prompt`: to the state of the last prompt token alone; `onwards`: to that and to every token that is spoken after it.
   */
  readonly tokens: 'prompt' | 'onwards';
  /** Each layer once, in any order. */
  readonly layers: readonly LayerIntervention[];
}
