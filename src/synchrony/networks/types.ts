import type { Lambda, MeasureId, MeasureResult, SyncR2 } from '../types.ts';
import type { LayerPair } from './layer-pairs.ts';
import type { NetworkSettings } from './train-network.ts';

/** One layer pair, affine and nonlinear side by side. All lists are by split. */
export interface NonlinearCell extends LayerPair {
  /** R² of the ridge map. */
  readonly affine: readonly number[];
  /** R² of the network. */
  readonly nonlinear: readonly number[];
  /** Mean squared error of standardised training targets in the last epoch. */
  readonly trainLoss: readonly number[];
}

/** SyncR² by both maps over the same layer pairs. */
export interface NonlinearComparison {
  readonly affine: SyncR2;
  readonly nonlinear: SyncR2;
  /** Source layers that it is the mean over, in the order of `bestTarget` and `bestR2`. */
  readonly sourceLayers: readonly number[];
  /** Whether these are all layer pairs. If not, neither number is SyncR²: the best target was chosen among fewer. */
  readonly complete: boolean;
}

/** One direction of one condition, by networks: of all layer pairs, or of some. */
export interface NonlinearResult extends MeasureResult {
  readonly measure: MeasureId<'networks'>;
  /** Ridge penalty of the affine maps beside the networks. */
  readonly lambda: Lambda;
  readonly network: NetworkSettings;
  /** The layer pairs that have networks, by source layer, then by target layer. */
  readonly cells: readonly NonlinearCell[];
  readonly comparison: NonlinearComparison;
}
