// Small charts: dots with intervals, a histogram, a curve over rounds. All of them say their numbers as well.

import { decimals, endsText } from '../../figures/number-text.ts';

export interface Dot {
  readonly name: string;
  readonly value: number;
  readonly ends?: readonly [number, number] | undefined;
  readonly href?: string;
  /** Stands out. */
  readonly chosen?: boolean;
}

/** A row for each number, with its interval on a common axis. */
export function Dots({ dots, label }: { readonly dots: readonly Dot[]; readonly label: string }) {
  const all = dots.flatMap(({ value, ends = [] }) => [value, ...ends]).filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...all), Math.max(0.01, ...all)];
  const x = (value: number) => 6 + (188 * (value - low)) / (high - low);
  return (
    <table class="dots">
      <caption>{label}</caption>
      <tbody>
        {dots.map(({ name, value, ends, href, chosen }) => (
          <tr key={name} class={chosen ? 'chosen' : undefined}>
            <th scope="row">{href ? <a href={href}>{name}</a> : name}</th>
            <td class="number">{decimals(value)}</td>
            <td class="number soft">{ends ? endsText(ends) : ''}</td>
            <td class="drawn">
              <svg viewBox="0 0 200 16" aria-hidden="true">
                <line x1={x(0)} x2={x(0)} y1={0} y2={16} class="zero" />
                {ends && <line x1={x(ends[0])} x2={x(ends[1])} y1={8} y2={8} class="range" />}
                {Number.isFinite(value) && <circle cx={x(value)} cy={8} r={5} class="dot" />}
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How often values lie where; a line at 0 where they have both signs. */
export function Histogram({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return null;
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const bins = Math.min(24, Math.max(6, Math.ceil(Math.sqrt(finite.length) * 1.5)));
  const width = (high - low) / bins || 1;
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of finite) {
    const bin = Math.min(bins - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  const place = (value: number) => (300 * (value - low)) / (high - low || 1);
  return (
    <figure class="small">
      <figcaption>{label}</figcaption>
      <svg
        viewBox="0 0 300 94"
        role="img"
        aria-label={`${label}: from ${decimals(low)} to ${decimals(high)}, ${finite.length} values`}
      >
        {counts.map((count, i) => (
          <rect
            key={place(low + i * width)}
            class="bar"
            x={(300 * i) / bins + 0.5}
            width={300 / bins - 1}
            y={70 - (64 * count) / most}
            height={(64 * count) / most}
          />
        ))}
        {low < 0 && high > 0 && <line class="zero" x1={place(0)} x2={place(0)} y1={0} y2={70} />}
        <g fill="currentColor" font-size="13">
          <text x={0} y={88}>
            {decimals(low)}
          </text>
          <text x={300} y={88} text-anchor="end">
            {decimals(high)}
          </text>
        </g>
      </svg>
    </figure>
  );
}

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly ends?: readonly [number, number] | undefined;
  readonly note: string;
}

/** A line over rounds with its intervals. */
export function Curve({ points, label }: { readonly points: readonly CurvePoint[]; readonly label: string }) {
  if (points.length === 0) return null;
  const all = points.flatMap(({ y, ends = [] }) => [y, ...ends]);
  const [low, high] = [Math.min(0, ...all), Math.max(0.05, ...all)];
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 1];
  const x = (value: number) => 34 + (250 * (value - first)) / (last - first || 1);
  const y = (value: number) => 84 - (76 * (value - low)) / (high - low);
  return (
    <figure class="small">
      <figcaption>{label}</figcaption>
      <svg
        viewBox="0 0 300 108"
        role="img"
        aria-label={`${label}: ${points.map(({ note }) => note).join('; ')}`}
      >
        <line class="zero" x1={34} x2={290} y1={y(0)} y2={y(0)} />
        {points.map(
          (one) =>
            one.ends && (
              <line
                key={one.x}
                class="range"
                x1={x(one.x)}
                x2={x(one.x)}
                y1={y(one.ends[0])}
                y2={y(one.ends[1])}
              />
            ),
        )}
        <polyline class="line" points={points.map((one) => `${x(one.x)},${y(one.y)}`).join(' ')} />
        {points.map((one) => (
          <circle key={one.x} class="dot" cx={x(one.x)} cy={y(one.y)} r={4}>
            <title>{one.note}</title>
          </circle>
        ))}
        <g fill="currentColor" font-size="13">
          {points.map((one) => (
            <text key={one.x} x={x(one.x)} y={103} text-anchor="middle">
              {one.x}
            </text>
          ))}
          <text x={28} y={y(high) + 8} text-anchor="end">
            {high.toFixed(2)}
          </text>
          <text x={28} y={y(0) + 1} text-anchor="end">
            0
          </text>
        </g>
      </svg>
    </figure>
  );
}
