// Which of a model's layers are recorded (docs/method.md §1). Arrays know a layer by its place among those that were recorded;
// whatever a person reads or writes names it by its number in the model.

/** What a study asks for: all layers, some by their numbers, or every nth, counted back from the last. */
export type LayerChoice = 'all' | readonly number[] | { readonly every: number };

/** Some layers of a model. */
export interface RecordedLayers {
  /** 0-based, ascending: what stands in the places 0, 1, … */
  readonly numbers: readonly number[];
  /** How many layers the model has. */
  readonly of: number;
}

/**
 * The layers of a model that a choice takes.
 *
 * @param of how many layers the model has; numbers beyond them are left away
 * @returns undefined for all of them
 */
export function chooseLayers(choice: LayerChoice, of: number): RecordedLayers | undefined {
  if (choice === 'all') return undefined;
  const all = Array.from({ length: of }, (_, layer) => layer);
  const numbers =
    'length' in choice
      ? all.filter((layer) => choice.includes(layer))
      : all.filter((layer) => (of - 1 - layer) % choice.every === 0);
  return numbers.length === of ? undefined : { numbers, of };
}

/** How many layers are recorded of a model. */
export function countLayers(choice: LayerChoice, of: number): number {
  return chooseLayers(choice, of)?.numbers.length ?? of;
}

/** The number, 0-based, of the layer in a place; without a choice the place itself. */
export function layerNumber(recorded: Pick<RecordedLayers, 'numbers'> | undefined, place: number): number {
  return recorded?.numbers[place] ?? place;
}

/** The place of the layer of a number; −1 if it is not recorded. */
export function layerPlace(recorded: Pick<RecordedLayers, 'numbers'> | undefined, layer: number): number {
  return recorded === undefined ? layer : recorded.numbers.indexOf(layer);
}

/** The same counted from 1, as pages and tables have it. */
export function shownLayer(recorded: Pick<RecordedLayers, 'numbers'> | undefined, place: number): number {
  return layerNumber(recorded, place) + 1;
}
