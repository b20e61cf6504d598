// What a template consists of. Names follow Jinja's own nodes (jinja2.nodes).

export type Expression =
  | { readonly type: 'constant'; readonly value: string | bigint | number | boolean | null }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'list' | 'tuple'; readonly items: readonly Expression[] }
  | { readonly type: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly type: 'unary'; readonly operator: '-' | '+' | 'not'; readonly of: Expression }
  | {
      readonly type: 'binary';
      readonly operator: '+' | '-' | '*' | '/' | '//' | '%' | '**' | 'and' | 'or';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly type: 'concat'; readonly parts: readonly Expression[] }
  | {
      readonly type: 'compare';
      readonly first: Expression;
      readonly rest: readonly { readonly operator: Comparison; readonly with: Expression }[];
    }
  | {
      readonly type: 'conditional';
      readonly condition: Expression;
      readonly value: Expression;
      readonly otherwise: Expression | null;
    }
  | { readonly type: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly type: 'item'; readonly of: Expression; readonly key: Expression }
  | {
      readonly type: 'slice';
      readonly of: Expression;
      readonly start: Expression | null;
      readonly stop: Expression | null;
      readonly step: Expression | null;
    }
  | { readonly type: 'call'; readonly callee: Expression; readonly args: Arguments }
  /** `of` is null for the text of a filter block. */
  | {
      readonly type: 'filter';
      readonly of: Expression | null;
      readonly name: string;
      readonly args: Arguments;
    }
  | { readonly type: 'test'; readonly of: Expression; readonly name: string; readonly args: Arguments };

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
  /** `*args` and `**kwargs`. */
  readonly list: Expression | null;
  readonly dict: Expression | null;
}

/** What can be assigned to. */
export type Target =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'member'; readonly namespace: string; readonly name: string }
  | { readonly type: 'tuple'; readonly items: readonly Target[] };

export interface Parameter {
  readonly name: string;
  readonly preset: Expression | null;
}

/** A macro, or the body of a call block. */
export interface MacroNode {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

export type Statement =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'output'; readonly value: Expression }
  | {
      readonly type: 'if';
      readonly condition: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly type: 'for';
      readonly target: Target;
      readonly over: Expression;
      readonly filter: Expression | null;
      readonly recursive: boolean;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly type: 'set'; readonly target: Target; readonly value: Expression }
  | {
      readonly type: 'set block';
      readonly target: Target;
      readonly body: readonly Statement[];
      readonly filter: Expression | null;
    }
  | { readonly type: 'macro'; readonly macro: MacroNode }
  | { readonly type: 'call block'; readonly call: Expression; readonly caller: MacroNode }
  | { readonly type: 'filter block'; readonly filter: Expression; readonly body: readonly Statement[] }
  | {
      readonly type: 'with';
      readonly values: readonly (readonly [Target, Expression])[];
      readonly body: readonly Statement[];
    }
  /** Statements with names of their own: a block, or what the model is trained on. */
  | { readonly type: 'scope'; readonly body: readonly Statement[] }
  | { readonly type: 'break' }
  | { readonly type: 'continue' };
