// A layer × layer map as one SVG: a path for each colour, so that 80 × 80 layers are no more elements than 6 × 6, and
// whatever is pointed at or chosen drawn above them. Source layers run along x, target layers upward along y.

import { memo } from 'preact/compat';
import { useRef } from 'preact/hooks';
import { type ColourScale, colourOf } from '../colours.ts';
import type { Cell } from '../routes.ts';

export interface MapPicture {
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  readonly scale: ColourScale;
  /** Of the axes: `source layer, llama`. */
  readonly axes: readonly [string, string];
  /** Layers of either model that the rows and the columns are, 0-based; absent where they are all. */
  readonly numbers?: readonly [Numbers, Numbers] | undefined;
  /** Cells in a black box. */
  readonly boxed?: readonly Cell[] | undefined;
  /** Cells with an outline around all of them, row-major. */
  readonly outlined?: readonly number[] | undefined;
  /** Drawn over with slanting lines: no result. */
  readonly hatched?: boolean;
  readonly label: string;
}

type Numbers = readonly number[] | undefined;

/** Cells name layers; what is drawn is known by its place among the rows and columns. */
function toPlace(
  { source, target }: Cell,
  { numbers: [sources, targets] = [undefined, undefined] }: MapPicture,
): Cell {
  return { source: sources?.indexOf(source) ?? source, target: targets?.indexOf(target) ?? target };
}

function toCell(
  { source, target }: Cell,
  { numbers: [sources, targets] = [undefined, undefined] }: MapPicture,
): Cell {
  return { source: sources?.[source] ?? source, target: targets?.[target] ?? target };
}

interface Choosing {
  readonly cell?: Cell | undefined;
  readonly onCell?: (cell: Cell, how: 'click' | 'key') => void;
  readonly onHover?: (cell: Cell | undefined) => void;
}

const PLOT = 440;
const LEFT = 52;
const BOTTOM = 48;
const TOP = 8;

interface Geometry {
  readonly size: number;
  readonly width: number;
  readonly height: number;
}

/** Sizes in user units: `rows` source layers along x, `columns` target layers along y. */
function geometryOf({ rows, columns }: MapPicture): Geometry {
  const size = PLOT / Math.max(rows, columns);
  return { size, width: size * rows, height: size * columns };
}

/** The cells, all of one colour in one path. */
const Cells = memo(function Cells({ picture }: { readonly picture: MapPicture }) {
  const { values, rows, columns, scale } = picture;
  const { size, height } = geometryOf(picture);
  const paths = new Map<string, string[]>();
  const side = size.toFixed(3);
  for (let source = 0; source < rows; source++)
    for (let target = 0; target < columns; target++) {
      const colour = colourOf(values[source * columns + target] ?? Number.NaN, scale);
      const parts = paths.get(colour) ?? [];
      if (parts.length === 0) paths.set(colour, parts);
      const [x, y] = [(source * size).toFixed(3), (height - (target + 1) * size).toFixed(3)];
      parts.push(`M${x} ${y}h${side}v${side}h-${side}z`);
    }
  return (
    <g shape-rendering="crispEdges">
      {[...paths].map(([colour, parts]) => (
        <path key={colour} fill={colour} d={parts.join('')} />
      ))}
    </g>
  );
});

/** Layers that get a number: all of few, else every second, fifth or tenth. */
function ticks(layers: number): number[] {
  const step = [1, 2, 5, 10, 20].find((one) => layers / one <= 10) ?? 50;
  return Array.from({ length: layers }, (_, i) => i + 1).filter((n) => n === 1 || n % step === 0);
}

function Axes({ picture }: { readonly picture: MapPicture }) {
  const { rows, columns, axes } = picture;
  const named = (n: number) => toCell({ source: n - 1, target: n - 1 }, picture);
  const { size, width, height } = geometryOf(picture);
  return (
    <g fill="currentColor" font-size="16">
      {ticks(rows).map((n) => (
        <text key={`x${n}`} x={(n - 0.5) * size} y={height + 17} text-anchor="middle">
          {named(n).source + 1}
        </text>
      ))}
      {ticks(columns).map((n) => (
        <text key={`y${n}`} x={-7} y={height - (n - 0.5) * size + 5} text-anchor="end">
          {named(n).target + 1}
        </text>
      ))}
      <text x={width / 2} y={height + 40} text-anchor="middle">
        {axes[0]}
      </text>
      <text x={-38} y={height / 2} text-anchor="middle" transform={`rotate(-90 -38 ${height / 2})`}>
        {axes[1]}
      </text>
    </g>
  );
}

function Box({ cell, picture, colour, width }: BoxProps) {
  const { size, height } = geometryOf(picture);
  const { source, target } = toPlace(cell, picture);
  const inset = width / 2;
  const side = Math.max(1, size - width);
  return (
    <rect
      x={source * size + inset}
      y={height - (target + 1) * size + inset}
      width={side}
      height={side}
      fill="none"
      stroke={colour}
      stroke-width={width}
    />
  );
}

interface BoxProps {
  readonly cell: Cell;
  readonly picture: MapPicture;
  readonly colour: string;
  readonly width: number;
}

/** The edges between cells inside and outside. */
function outline(picture: MapPicture): string {
  const { rows, columns, outlined = [] } = picture;
  const { size, height } = geometryOf(picture);
  const inside = new Set(outlined);
  const has = (source: number, target: number) =>
    source >= 0 && source < rows && target >= 0 && target < columns && inside.has(source * columns + target);
  return outlined
    .map((place) => {
      const [source, target] = [Math.floor(place / columns), place % columns];
      const [x, y] = [source * size, height - (target + 1) * size];
      return [
        has(source - 1, target) ? '' : `M${x} ${y}v${size}`,
        has(source + 1, target) ? '' : `M${x + size} ${y}v${size}`,
        has(source, target + 1) ? '' : `M${x} ${y}h${size}`,
        has(source, target - 1) ? '' : `M${x} ${y + size}h${size}`,
      ].join('');
    })
    .join('');
}

/** Distance of the slanting lines along either side. */
const HATCH = 14;

/** Lines from the lower left to the upper right that end at the map’s edge. */
function hatching(picture: MapPicture): string {
  const { width, height } = geometryOf(picture);
  const lines: string[] = [];
  for (let from = HATCH / 2 - height; from < width; from += HATCH) {
    // The line through (from, height), going up: its part with x from 0 to width and y from 0 to height.
    const [x0, x1] = [Math.max(0, from), Math.min(width, from + height)];
    lines.push(`M${x0} ${height - (x0 - from)}L${x1} ${height - (x1 - from)}`);
  }
  return lines.join('');
}

/** Where the arrow keys lead. */
function moved(cell: Cell, key: string, picture: MapPicture): Cell | undefined {
  const { rows, columns } = picture;
  const from = toPlace(cell, picture);
  const within = (value: number, layers: number) => Math.min(layers - 1, Math.max(0, value));
  const by = (source: number, target: number): Cell => ({
    source: within(from.source + source, rows),
    target: within(from.target + target, columns),
  });
  const moves: Readonly<Record<string, Cell>> = {
    ArrowRight: by(1, 0),
    ArrowLeft: by(-1, 0),
    ArrowUp: by(0, 1),
    ArrowDown: by(0, -1),
    PageUp: by(0, 5),
    PageDown: by(0, -5),
    Home: by(-rows, 0),
    End: by(rows, 0),
  };
  const to = moves[key];
  return to && toCell(to, picture);
}

/** The map. With `onCell` it takes the keyboard and the pointer. */
export function LayerMap({ picture, cell, onCell, onHover }: { readonly picture: MapPicture } & Choosing) {
  const { size, width, height } = geometryOf(picture);
  const svg = useRef<SVGSVGElement>(null);
  const [viewWidth, viewHeight] = [LEFT + width + 4, TOP + height + BOTTOM];
  const cellAt = (event: MouseEvent): Cell | undefined => {
    const frame = svg.current?.getBoundingClientRect();
    if (!frame) return undefined;
    const scale = viewWidth / frame.width;
    const source = Math.floor(((event.clientX - frame.left) * scale - LEFT) / size);
    const target = Math.floor((height - ((event.clientY - frame.top) * scale - TOP)) / size);
    const inside = source >= 0 && target >= 0 && source < picture.rows && target < picture.columns;
    return inside ? toCell({ source, target }, picture) : undefined;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const first = toCell({ source: 0, target: 0 }, picture);
    const next = moved(cell ?? first, event.key, picture);
    if (!next) return;
    event.preventDefault();
    onCell?.(cell ? next : first, 'key');
  };
  const choosing = onCell && {
    // In lower case: attributes of SVG are told apart by it.
    tabindex: 0,
    role: 'application' as const,
    'aria-roledescription': 'layer map',
    onKeyDown,
    onClick: (event: MouseEvent) => {
      const found = cellAt(event);
      if (found) onCell(found, 'click');
    },
    onPointerMove: (event: MouseEvent) => onHover?.(cellAt(event)),
    onPointerLeave: () => onHover?.(undefined),
  };
  return (
    <svg
      ref={svg}
      class="map"
      width={1.12 * viewWidth}
      viewBox={`0 0 ${viewWidth} ${viewHeight}`}
      font-family="system-ui, sans-serif"
      role="img"
      aria-label={picture.label}
      {...choosing}
    >
      <g transform={`translate(${LEFT} ${TOP})`}>
        <Cells picture={picture} />
        {picture.hatched && (
          <path class="hatch" d={hatching(picture)} fill="none" stroke="#ffffff" stroke-width="3" />
        )}
        <Axes picture={picture} />
        {(picture.boxed ?? []).map((one) => (
          <Box
            key={`${one.source} ${one.target}`}
            cell={one}
            picture={picture}
            colour="#000000"
            width={size > 12 ? 2 : 1}
          />
        ))}
        {picture.outlined && <path d={outline(picture)} fill="none" stroke="#000000" stroke-width="2" />}
        {cell && (
          <g class="cursor">
            <Box cell={cell} picture={picture} colour="#ffffff" width={Math.min(6, size)} />
            <Box cell={cell} picture={picture} colour="#d0021b" width={Math.min(3, size)} />
          </g>
        )}
      </g>
    </svg>
  );
}

/** The scale beside a map. */
export function Legend({ scale, label }: { readonly scale: ColourScale; readonly label: string }) {
  const low = scale.kind === 'r2' ? 0 : -scale.high;
  const steps = Array.from({ length: 32 }, (_, i) => low + ((scale.high - low) * (i + 0.5)) / 32);
  const text = (value: number) => value.toFixed(2).replace('-', '−');
  return (
    <svg
      class="legend"
      viewBox="0 0 320 34"
      role="img"
      aria-label={`${label}: ${text(low)} to ${text(scale.high)}`}
    >
      {steps.map((value, i) => (
        <rect key={value} x={i * 10} y={0} width={10.5} height={12} fill={colourOf(value, scale)} />
      ))}
      <g fill="currentColor" font-size="14">
        <text x={0} y={29}>
          {text(low)}
        </text>
        <text x={160} y={29} text-anchor="middle">
          {label}
        </text>
        <text x={320} y={29} text-anchor="end">
          {text(scale.high)}
        </text>
      </g>
    </svg>
  );
}
