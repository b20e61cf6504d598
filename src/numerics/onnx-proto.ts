// The part of ONNX's model format that our graphs use, as protobuf messages. It stands this far up because both
// the one-node GEMM models and the language models' graphs are made of it. Field numbers and enum values are
// onnx.proto's own (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, IR version 10).

import protobuf from 'protobufjs/light.js';

/** TensorProto.DataType. */
export const DataType = {
  FLOAT: 1,
  UINT8: 2,
  INT32: 6,
  INT64: 7,
  FLOAT16: 10,
  DOUBLE: 11,
  BFLOAT16: 16,
} as const;

export type DataTypeCode = (typeof DataType)[keyof typeof DataType];

/** AttributeProto.AttributeType. */
export const AttributeType = { FLOAT: 1, INT: 2 } as const;

export interface Attribute {
  readonly name: string;
  readonly type: (typeof AttributeType)[keyof typeof AttributeType];
  readonly f?: number;
  readonly i?: number;
}

export interface Node {
  readonly opType: string;
  readonly domain: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly Attribute[];
}

/** A constant: its bytes inline (`rawData`), or in another file (`dataLocation` 1 and `externalData`). */
export interface Initializer {
  readonly name: string;
  readonly dataType: DataTypeCode;
  readonly dims: readonly number[];
  readonly rawData?: Uint8Array;
  readonly dataLocation?: 1;
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
}

/** An input or output of the graph: a tensor, or a sequence of them. A dimension that is a string is free. */
export interface GraphValue {
  readonly name: string;
  readonly dataType: DataTypeCode;
  readonly dims: readonly (number | string)[];
  readonly sequence?: true;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

type Fields = Record<string, { type: string; id: number; rule?: 'repeated' }>;

const one = (type: string, id: number) => ({ type, id });
const many = (type: string, id: number) => ({ type, id, rule: 'repeated' as const });

const MESSAGES: Record<string, Fields> = {
  ModelProto: {
    irVersion: one('int64', 1),
    producerName: one('string', 2),
    graph: one('GraphProto', 7),
    opsetImport: many('OperatorSetIdProto', 8),
  },
  OperatorSetIdProto: { domain: one('string', 1), version: one('int64', 2) },
  GraphProto: {
    node: many('NodeProto', 1),
    name: one('string', 2),
    initializer: many('TensorProto', 5),
    input: many('ValueInfoProto', 11),
    output: many('ValueInfoProto', 12),
  },
  NodeProto: {
    input: many('string', 1),
    output: many('string', 2),
    name: one('string', 3),
    opType: one('string', 4),
    attribute: many('AttributeProto', 5),
    domain: one('string', 7),
  },
  AttributeProto: {
    name: one('string', 1),
    f: one('float', 2),
    i: one('int64', 3),
    type: one('int32', 20),
  },
  TensorProto: {
    dims: many('int64', 1),
    dataType: one('int32', 2),
    name: one('string', 8),
    rawData: one('bytes', 9),
    externalData: many('StringStringEntryProto', 13),
    dataLocation: one('int32', 14),
  },
  StringStringEntryProto: { key: one('string', 1), value: one('string', 2) },
  ValueInfoProto: { name: one('string', 1), type: one('TypeProto', 2) },
  TypeProto: { tensorType: one('TensorType', 1), sequenceType: one('SequenceType', 4) },
  SequenceType: { elemType: one('TypeProto', 1) },
  TensorType: { elemType: one('int32', 1), shape: one('TensorShapeProto', 2) },
  TensorShapeProto: { dim: many('Dimension', 1) },
  Dimension: { dimValue: one('int64', 1), dimParam: one('string', 2) },
};

/** The bytes of an ONNX model with this graph: opset 18, and ONNX Runtime's own operators. */
export function encodeModel(graph: Graph): Uint8Array {
  const nested = Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, { fields }]));
  const type = protobuf.Root.fromJSON({ nested }).lookupType('ModelProto');
  return type
    .encode({
      irVersion: 10,
      producerName: 'interbrain',
      opsetImport: [
        { domain: '', version: 18 },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: graph.name,
        node: graph.nodes,
        initializer: graph.initializers,
        input: graph.inputs.map(toValueInfo),
        output: graph.outputs.map(toValueInfo),
      },
    })
    .finish();
}

function toValueInfo({ name, dataType, dims, sequence }: GraphValue): object {
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  const tensor = { tensorType: { elemType: dataType, shape: { dim } } };
  return { name, type: sequence ? { sequenceType: { elemType: tensor } } : tensor };
}
