/**
 * Compile-time expansion of WGSL text.
 *
 * WGSL can neither size a function-scope array by an `override` nor promise to unroll a loop, and
 * register tiling needs both. Two comment directives and one placeholder are enough:
 *
 * ```wgsl
 * //# for p in 0..P
 * var acc_${p} = vec4f(0);
 * //# end
 * //# if STRIDE == 1
 * //# end
 * ```
 *
 * Expressions are integers, names, `+ - * / %` (integer division), `< <= == != > >=` and
 * parentheses.
 *
 * @module
 */
import { ShaderError } from "../errors.ts";

/** Values of the names that occur in a template. */
export type TemplateValues = Readonly<Record<string, number>>;

/** Expands all directives and placeholders; throws {@link ShaderError} naming the line. */
export function expandTemplate(source: string, values: TemplateValues): string {
  const lines = source.split("\n");
  const out: string[] = [];
  const end = expandBlock(lines, 0, values, out);
  if (end < lines.length) throw new ShaderError(`Line ${end + 1}: //# end without a block`, source);
  return out.join("\n");
}

function expandBlock(
  lines: string[],
  start: number,
  values: TemplateValues,
  out: string[],
): number {
  let at = start;
  while (at < lines.length) {
    const directive = lines[at].match(/^\s*\/\/#\s*(for|if|end)\b\s*(.*)$/);
    if (directive === null) {
      out.push(
        lines[at].replace(
          /\$\{([^}]+)\}/g,
          (_, text) => String(evaluate(text, values, at, lines)),
        ),
      );
      at++;
      continue;
    }
    const [, kind, rest] = directive;
    if (kind === "end") return at;
    const body = at + 1;
    if (kind === "if") {
      const sink: string[] = [];
      at = expandBlock(lines, body, values, sink);
      if (evaluate(rest, values, body - 1, lines) !== 0) out.push(...sink);
    } else {
      const loop = rest.match(/^(\w+)\s+in\s+(.+?)\.\.(.+)$/);
      if (loop === null) {
        throw new ShaderError(`Line ${body}: expected "for NAME in A..B"`, lines.join("\n"));
      }
      const first = evaluate(loop[2], values, body - 1, lines);
      const last = evaluate(loop[3], values, body - 1, lines);
      // An empty range still has to find its end.
      at = expandBlock(lines, body, { ...values, [loop[1]]: first }, []);
      for (let i = first; i < last; i++) {
        expandBlock(lines, body, { ...values, [loop[1]]: i }, out);
      }
    }
    if (at >= lines.length) {
      throw new ShaderError(`Line ${body}: //# ${kind} without //# end`, lines.join("\n"));
    }
    at++;
  }
  return at;
}

/** Binding power of each operator; comparisons bind loosest. */
const OPERATORS: Record<string, [number, (a: number, b: number) => number]> = {
  "==": [1, (a, b) => Number(a === b)],
  "!=": [1, (a, b) => Number(a !== b)],
  "<": [1, (a, b) => Number(a < b)],
  "<=": [1, (a, b) => Number(a <= b)],
  ">": [1, (a, b) => Number(a > b)],
  ">=": [1, (a, b) => Number(a >= b)],
  "+": [2, (a, b) => a + b],
  "-": [2, (a, b) => a - b],
  "*": [3, (a, b) => a * b],
  "/": [3, (a, b) => Math.trunc(a / b)],
  "%": [3, (a, b) => a % b],
};

function evaluate(text: string, values: TemplateValues, line: number, lines: string[]): number {
  const tokens = text.match(/\d+|\w+|[=!<>]=|[-+*/%<>()]/g) ?? [];
  let at = 0;
  const fail = (reason: string): never => {
    throw new ShaderError(`Line ${line + 1}: ${reason} in "${text}"`, lines.join("\n"));
  };
  const primary = (): number => {
    const token = tokens[at++] ?? fail("unexpected end");
    if (token === "(") {
      const value = binary(0);
      if (tokens[at++] !== ")") fail("missing )");
      return value;
    }
    if (token === "-") return -primary();
    if (/^\d+$/.test(token)) return Number(token);
    return values[token] ?? fail(`unknown name ${token}`);
  };
  const binary = (power: number): number => {
    let left = primary();
    while (at < tokens.length && tokens[at] in OPERATORS && OPERATORS[tokens[at]][0] > power) {
      const [binding, apply] = OPERATORS[tokens[at++]];
      left = apply(left, binary(binding));
    }
    return left;
  };
  const value = binary(0);
  if (at < tokens.length) fail(`unexpected ${tokens[at]}`);
  return value;
}
