// What of a state three sets of predictors explain, alone and together: the target's own previous state, its partner's state,
// and the text that both have read (docs/method.md §19). R² of every union of the three says what each adds to the others;
// what is left is shared (commonality analysis; Mood 1969; with ridge regression as in Lescroart & Gallant 2019).

/** The sets of predictors. */
export type Block = 'ownPast' | 'partner' | 'text';

/** Every union of them. */
export const MODELS = {
  ownPast: ['ownPast'],
  partner: ['partner'],
  text: ['text'],
  ownPastPartner: ['ownPast', 'partner'],
  ownPastText: ['ownPast', 'text'],
  partnerText: ['partner', 'text'],
  all: ['ownPast', 'partner', 'text'],
} as const satisfies Record<string, readonly Block[]>;
export type ModelName = keyof typeof MODELS;
export const MODEL_NAMES = Object.keys(MODELS) as ModelName[];

/** Held-out R² of each model. */
export type ModelR2 = Readonly<Record<ModelName, number>>;

/** Of what one model leaves unexplained, the share that a larger one explains. */
function partialR2(smaller: number, larger: number): number {
  return smaller < 1 ? (larger - smaller) / (1 - smaller) : 0;
}

/** What is made of the seven numbers of a layer pair. */
export const QUANTITIES = {
  ownPast: (r2: ModelR2) => r2.ownPast,
  partner: (r2: ModelR2) => r2.partner,
  text: (r2: ModelR2) => r2.text,
  ownPastPartner: (r2: ModelR2) => r2.ownPastPartner,
  ownPastText: (r2: ModelR2) => r2.ownPastText,
  partnerText: (r2: ModelR2) => r2.partnerText,
  all: (r2: ModelR2) => r2.all,
  /** Partial R² of the partner given the own past, given the text, and given both. */
  beyondOwnPast: (r2: ModelR2) => partialR2(r2.ownPast, r2.ownPastPartner),
  beyondText: (r2: ModelR2) => partialR2(r2.text, r2.partnerText),
  beyondBoth: (r2: ModelR2) => partialR2(r2.ownPastText, r2.all),
  /** What each adds to the other two. */
  ownPastAlone: (r2: ModelR2) => r2.all - r2.partnerText,
  partnerAlone: (r2: ModelR2) => r2.all - r2.ownPastText,
  textAlone: (r2: ModelR2) => r2.all - r2.ownPastPartner,
  /** What any two of them explain alike. */
  shared: (r2: ModelR2) => r2.partnerText + r2.ownPastText + r2.ownPastPartner - 2 * r2.all,
} as const;
export type QuantityName = keyof typeof QUANTITIES;
export const QUANTITY_NAMES = Object.keys(QUANTITIES) as QuantityName[];
