// Synchrony against social performance, a point for each pair of models.

import { pairLabel } from '../../figures/correlation-text.ts';
import { decimals } from '../../figures/number-text.ts';
import type { PageData } from '../data.ts';

type Performance = NonNullable<PageData['performance']>;

const [LEFT, RIGHT, TOP, BOTTOM] = [52, 410, 10, 250];

function range(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - room, high + room];
}

export function Scatter({ performance: { pairs, judge } }: { readonly performance: Performance }) {
  if (pairs.length === 0) return <p>No pair is both measured and judged.</p>;
  const [x0, x1] = range(pairs.map(({ synchrony }) => synchrony));
  const [y0, y1] = range(pairs.map((one) => one.performance));
  const x = (value: number) => LEFT + ((RIGHT - LEFT) * (value - x0)) / (x1 - x0);
  const y = (value: number) => BOTTOM - ((BOTTOM - TOP) * (value - y0)) / (y1 - y0);
  return (
    <svg
      class="scatter"
      viewBox="0 0 420 300"
      role="img"
      aria-label={`SyncR² against mean score by ${judge}, ${pairs.length} pairs`}
    >
      <path class="axis" d={`M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}`} fill="none" />
      {pairs.map((one) => (
        <circle key={pairLabel(one.models)} class="dot" cx={x(one.synchrony)} cy={y(one.performance)} r={6}>
          <title>
            {pairLabel(one.models)}: SyncR² {decimals(one.synchrony)}, score {decimals(one.performance, 2)}
          </title>
        </circle>
      ))}
      <g fill="currentColor" font-size="14">
        <text x={LEFT} y={BOTTOM + 18}>
          {decimals(x0, 2)}
        </text>
        <text x={RIGHT} y={BOTTOM + 18} text-anchor="end">
          {decimals(x1, 2)}
        </text>
        <text x={(LEFT + RIGHT) / 2} y={BOTTOM + 38} text-anchor="middle">
          SyncR²
        </text>
        <text x={LEFT - 6} y={BOTTOM} text-anchor="end">
          {decimals(y0, 1)}
        </text>
        <text x={LEFT - 6} y={TOP + 8} text-anchor="end">
          {decimals(y1, 1)}
        </text>
        <text
          x={14}
          y={(TOP + BOTTOM) / 2}
          text-anchor="middle"
          transform={`rotate(-90 14 ${(TOP + BOTTOM) / 2})`}
        >
          mean score
        </text>
      </g>
    </svg>
  );
}
