// Values that are multiplied with 8-bit weights as if they were not rounded. ONNX Runtime's kernel rounds them to 8 bits,
// so many to a scale as the weights have, and its other one, in float32, unpacks all weights for every product. So a value
// is given in two parts, side by side as twice as many rows: what the kernel keeps of it, and what it would lose, of
// which it keeps 8 bits more. Together they are off by at most 2⁻¹⁶ of the largest value of a block.
// Source: docs/models.md, “Weights”.

import { DataType, type DataTypeCode } from '../../numerics/onnx-proto.ts';

/** What of a `GraphBuilder` it takes; each method that adds a value returns its name. */
interface Nodes {
  node(
    opType: string,
    input: readonly string[],
    output: string,
    domain?: string,
    attributes?: Readonly<Record<string, { readonly int: number }>>,
  ): string;
  push(
    opType: string,
    input: readonly string[],
    output: readonly string[],
    domain?: string,
    attributes?: Readonly<Record<string, { readonly int: number }>>,
  ): void;
  constant(name: string, dataType: DataTypeCode, dims: readonly number[], rawData: Uint8Array): string;
  reshape(value: string, output: string, shape: readonly number[]): string;
}

/** Above 0, so that a block of zeros divides by something; far below what a block of values can have. */
const NOTHING = 1e-30;

/**
 * [B, S, columns] → [2B, S, columns].
 *
 * @param output what the parts are called
 * @param sizes columns, and how many of them share a scale; the last ones may be fewer
 */
export function addTwoParts(
  graph: Nodes,
  value: string,
  output: string,
  { columns, block }: { readonly columns: number; readonly block: number },
): void {
  const blocks = Math.ceil(columns / block);
  const whole = columns === blocks * block;
  const filled = whole ? value : pad(graph, value, `${output}.filled`, blocks * block - columns);
  const byBlock = graph.reshape(filled, `${output}.blocks`, [0, 0, blocks, block]);
  const sizes = graph.node('Abs', [byBlock], `${output}.sizes`);
  const axis = whole64(graph, 'parts.axis', [-1]);
  const largest = graph.node('ReduceMax', [sizes, axis], `${output}.largest`, '', { keepdims: { int: 1 } });
  const share = graph.node('Mul', [largest, float(graph, 'parts.share', 1 / 127)], `${output}.share`);
  const scale = graph.node('Add', [share, float(graph, 'parts.nothing', NOTHING)], `${output}.scale`);
  const codes = graph.node('Div', [byBlock, scale], `${output}.codes`);
  const rounded = graph.node('Round', [codes], `${output}.rounded`);
  const kept = graph.node('Mul', [rounded, scale], `${output}.kept`);
  const joined = graph.reshape(kept, `${output}.joined`, [0, 0, blocks * block]);
  const high = whole ? joined : cut(graph, joined, `${output}.high`, columns);
  const low = graph.node('Sub', [value, high], `${output}.low`);
  graph.push('Concat', [high, low], [output], '', { axis: { int: 0 } });
}

/** [2B, S, N] → [B, S, N], the sum of both parts. */
export function joinTwoParts(graph: Nodes, parts: string, output: string): string {
  const [high, low] = [`${parts}.high`, `${parts}.low`];
  graph.push('Split', [parts], [high, low], '', { axis: { int: 0 }, num_outputs: { int: 2 } });
  return graph.node('Add', [high, low], output);
}

function pad(graph: Nodes, value: string, output: string, count: number): string {
  return graph.node('Pad', [value, whole64(graph, `parts.pad.${count}`, [0, 0, 0, 0, 0, count])], output);
}

function cut(graph: Nodes, value: string, output: string, columns: number): string {
  const begin = whole64(graph, 'parts.begin', [0]);
  const end = whole64(graph, `parts.end.${columns}`, [columns]);
  return graph.node('Slice', [value, begin, end, whole64(graph, 'parts.last', [2])], output);
}

function whole64(graph: Nodes, name: string, values: readonly number[]): string {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return graph.constant(name, DataType.INT64, [values.length], bytes);
}

function float(graph: Nodes, name: string, value: number): string {
  return graph.constant(name, DataType.FLOAT, [], new Uint8Array(Float32Array.of(value).buffer));
}
