// Tokens as statements: jinja2.parser. Expressions are in expressions.ts.

import type { Expression, MacroNode, Parameter, Statement, Target } from './ast.ts';
import { ExpressionParser } from './expressions.ts';
import { tokenize } from './lexer.ts';
import { TemplateError } from './template-error.ts';

/** Tags that Jinja has and that a chat template has no use for: other files, translation, escaping. */
const OTHER_TAGS = ['include', 'import', 'from', 'extends', 'autoescape', 'trans', 'do', 'debug'];

/** @throws TemplateError for what is no template, or uses what we do not have */
export function parseTemplate(source: string): Statement[] {
  const parser = new Parser(tokenize(source));
  const statements = parser.statements([]);
  if (parser.safe > 0) throw new TemplateError('the filter safe is supported at the end of an output alone');
  return statements;
}

class Parser extends ExpressionParser {
  #loops = 0;

  /** Statements up to one of these tags, whose name has been read then; or to the end. */
  statements(until: readonly string[]): Statement[] {
    const found: Statement[] = [];
    for (;;) {
      const token = this.next();
      if (token === undefined) {
        if (until.length > 0) throw new TemplateError(`the template ends before ${until.join(' or ')}`);
        return found;
      }
      if (token.type === 'text') found.push({ type: 'text', text: token.value });
      else if (token.type === 'begin' && token.value === 'variable') {
        found.push({ type: 'output', value: this.#output() });
      } else if (token.type === 'begin') {
        const name = this.name();
        if (until.includes(name)) {
          this.ended = name;
          return found;
        }
        found.push(this.#statement(name));
      }
    }
  }

  #output(): Expression {
    const value = this.tuple(true);
    this.expect('end');
    // What is safe is escaped with what it meets, unless it is written at once.
    if (value.type === 'filter' && value.name === 'safe') this.safe -= 1;
    if (this.safe > 0) throw new TemplateError('the filter safe is supported at the end of an output alone');
    return value;
  }

  /** The tag that ended the statements read last. */
  ended = '';

  /** Statements up to a tag that has nothing but its name. */
  #body(end: string): Statement[] {
    this.expect('end');
    const body = this.statements([end]);
    this.expect('end');
    return body;
  }

  #statement(name: string): Statement {
    switch (name) {
      case 'if':
        return this.#if();
      case 'for':
        return this.#for();
      case 'set':
        return this.#set();
      case 'macro': {
        const macro = this.name();
        return { type: 'macro', macro: this.#macro(macro, this.#parameters(), 'endmacro') };
      }
      case 'call':
        return this.#call();
      case 'filter': {
        const filter = this.filters(null, true);
        return { type: 'filter block', filter, body: this.#body('endfilter') };
      }
      case 'with':
        return this.#with();
      case 'block':
        return this.#block();
      case 'generation':
        return { type: 'scope', body: this.#body('endgeneration') };
      case 'break':
      case 'continue':
        if (this.#loops === 0) throw new TemplateError(`${name} stands outside of a loop`);
        this.expect('end');
        return { type: name };
      default:
        throw new TemplateError(
          OTHER_TAGS.includes(name)
            ? `the tag ${name} is not supported in chat templates`
            : `${name} is no tag that is expected here`,
        );
    }
  }

  #if(): Statement {
    const condition = this.tuple(false);
    this.expect('end');
    const then = this.statements(['elif', 'else', 'endif']);
    let otherwise: Statement[] = [];
    if (this.ended === 'elif') return { type: 'if', condition, then, otherwise: [this.#if()] };
    if (this.ended === 'else') otherwise = this.#body('endif');
    else this.expect('end');
    return { type: 'if', condition, then, otherwise };
  }

  #for(): Statement {
    const target = this.#target();
    if (JSON.stringify(target).includes('"name":"loop"'))
      throw new TemplateError('loop cannot be what a for loop goes through');
    this.keyword('in');
    const over = this.tuple(false, ['recursive']);
    const filter = this.skipKeyword('if') ? this.expression() : null;
    const recursive = this.skipKeyword('recursive');
    this.expect('end');
    this.#loops += 1;
    const body = this.statements(['else', 'endfor']);
    this.#loops -= 1;
    let otherwise: Statement[] = [];
    if (this.ended === 'else') otherwise = this.#body('endfor');
    else this.expect('end');
    return { type: 'for', target, over, filter, recursive, body, otherwise };
  }

  #set(): Statement {
    const target = this.#target();
    if (this.skip('=')) {
      const value = this.tuple(true);
      this.expect('end');
      return { type: 'set', target, value };
    }
    const filter = this.peekOperator('|') ? this.filters(null) : null;
    return { type: 'set block', target, filter, body: this.#body('endset') };
  }

  #macro(name: string, parameters: Parameter[], end: string): MacroNode {
    const loops = this.#loops;
    this.#loops = 0;
    const body = this.#body(end);
    this.#loops = loops;
    return { name, parameters, body };
  }

  #parameters(): Parameter[] {
    this.operator('(');
    const parameters: Parameter[] = [];
    while (!this.skip(')')) {
      if (parameters.length > 0) this.operator(',');
      if (this.skip(')')) break;
      const name = this.name();
      const preset = this.skip('=') ? this.expression() : null;
      if (preset === null && parameters.at(-1)?.preset != null)
        throw new TemplateError(`parameter ${name} without a preset follows one with a preset`);
      parameters.push({ name, preset });
    }
    return parameters;
  }

  #call(): Statement {
    const parameters = this.peekOperator('(') ? this.#parameters() : [];
    const call = this.expression();
    if (call.type !== 'call') throw new TemplateError('a call block must call something');
    return { type: 'call block', call, caller: this.#macro('caller', parameters, 'endcall') };
  }

  #with(): Statement {
    const values: [Target, Expression][] = [];
    while (!this.peekEnd()) {
      if (values.length > 0) this.operator(',');
      const target = this.#target(false);
      this.operator('=');
      values.push([target, this.expression()]);
    }
    return { type: 'with', values, body: this.#body('endwith') };
  }

  #block(): Statement {
    const name = this.name();
    if (!this.skipKeyword('scoped') && this.#loops > 0)
      throw new TemplateError('a block in a loop is not supported in chat templates');
    this.expect('end');
    const body = this.statements(['endblock']);
    if (!this.peekEnd() && this.name() !== name)
      throw new TemplateError(`block ${name} ends under another name`);
    this.expect('end');
    return { type: 'scope', body };
  }

  /** One target, or several with commas between them. */
  #target(several = true): Target {
    const items = [this.#oneTarget()];
    let tuple = false;
    while (several && this.skip(',')) {
      tuple = true;
      if (this.peekOperator('=') || this.peekKeyword('in')) break;
      items.push(this.#oneTarget());
    }
    const [first] = items;
    return tuple || first === undefined ? { type: 'tuple', items } : first;
  }

  #oneTarget(): Target {
    if (this.skip('(')) {
      const inner = this.#target();
      this.operator(')');
      return inner;
    }
    const name = this.name();
    if (['true', 'false', 'none', 'True', 'False', 'None'].includes(name))
      throw new TemplateError(`${name} cannot be assigned to`);
    return this.skip('.') ? { type: 'member', namespace: name, name: this.name() } : { type: 'name', name };
  }
}
