import assert from "node:assert/strict";
import { localExponents, polynomialFit, powerFit, predict } from "../../bench/scaling/fits.ts";

const near = (found: number, wanted: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(found - wanted) <= tolerance * Math.abs(wanted), `${found} and ${wanted}`);
const along = (xs: readonly number[], curve: (x: number) => number) =>
  xs.map((x) => ({ x, y: curve(x) }));

Deno.test("a line and a parabola come out of their own points", () => {
  const line = polynomialFit(along([16, 32, 64, 256], (x) => 2.5 + 0.3 * x), 1);
  near(line.coefficients[0], 2.5);
  near(line.coefficients[1], 0.3);
  near(line.rSquared, 1);
  assert.ok(line.residuals.every((residual) => Math.abs(residual) < 1e-9));
  const parabola = polynomialFit(along([8, 12, 16, 48, 96], (x) => 20 + 0.5 * x + 0.02 * x * x), 2);
  [20, 0.5, 0.02].forEach((wanted, i) => near(parabola.coefficients[i], wanted, 1e-7));
  near(predict(parabola, 200), 20 + 100 + 800, 1e-7);
});

Deno.test("a power comes out of its own points", () => {
  const { coefficients, rSquared } = powerFit(along([8, 16, 96], (x) => 0.7 * x ** 1.5));
  near(coefficients[0], 0.7);
  near(coefficients[1], 1.5);
  near(rSquared, 1);
});

Deno.test("errors count relative to the value, and residuals are shares", () => {
  // The constant that is off by the same share of 1 and of 2 lies nearer to 1.
  const { coefficients: [level], residuals, rSquared } = polynomialFit(
    [{ x: 0, y: 1 }, { x: 1, y: 2 }],
    0,
  );
  // Least (1 - c)² + (1 - c/2)²: c = (1 + 1/2) / (1 + 1/4).
  near(level, 1.2);
  near(residuals[0], 1 / 1.2 - 1);
  near(residuals[1], 2 / 1.2 - 1);
  near(rSquared, 1 - (0.2 ** 2 + 0.8 ** 2) / 0.5);
});

Deno.test("a point off the line shows in its residual and lowers R²", () => {
  const samples = along([3, 6, 12, 18, 24], (x) => 10 * x);
  const { residuals, rSquared } = polynomialFit([{ x: 3, y: 60 }, ...samples.slice(1)], 1);
  assert.ok(residuals[0] > 0.15 && residuals[0] === Math.max(...residuals));
  assert.ok(rSquared < 0.99);
});

Deno.test("local exponents tell a floor from growth", () => {
  const [none, flat, steep] = localExponents([
    { x: 1, y: 5 },
    { x: 2, y: 5 },
    { x: 4, y: 20 },
  ]);
  assert.equal(none, null);
  assert.equal(flat, 0);
  near(steep!, 2);
});

Deno.test("fits refuse too few places and values that are not above zero", () => {
  assert.throws(() => polynomialFit([{ x: 1, y: 1 }, { x: 1, y: 2 }], 1), {
    name: "RangeError",
    message: /expects as many different places but found 1/,
  });
  assert.throws(() => polynomialFit([{ x: 1, y: 1 }, { x: 2, y: 0 }], 1), /above zero but found 0/);
  assert.throws(() => powerFit([{ x: 0, y: 1 }, { x: 2, y: 1 }]), /places above zero/);
});
