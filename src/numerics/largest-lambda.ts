// A limit that the command line knows before anything of the measure is loaded.

/** Beyond it nothing is left of a map. */
export const LARGEST_LAMBDA = 1e15;
