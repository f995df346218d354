/**
 * Building blocks of the configuration's schema. Every field is built with the sentence part that
 * completes "Expected <path> to be …", and with a description that names its unit and source.
 *
 * @module
 */

import { z } from "zod";

/** What every field says of itself. */
export interface FieldNote {
  /** What it sets; a phrase. */
  readonly about: string;
  /** Unit of the value, or how to read it. */
  readonly unit: string;
  /** Flag of the released code (melodyguan/enas) or section of enas-spec.md; else the reason. */
  readonly source: string;
}

/** Bounds of a number; both ends belong to it unless said. */
export interface NumberBounds {
  readonly min: number;
  readonly max?: number;
}

function describe({ about, unit, source }: FieldNote): string {
  return `${about} [${unit}]. Source: ${source}`;
}

function range(kind: string, { min, max }: NumberBounds): string {
  return max === undefined ? `${kind} of at least ${min}` : `${kind} from ${min} to ${max}`;
}

/**
 * An integer field.
 *
 * @param bounds Smallest and largest value allowed.
 * @param note Description.
 * @returns The schema.
 */
export function integer(bounds: NumberBounds, note: FieldNote): z.ZodNumber {
  const error = range("an integer", bounds);
  const max = bounds.max ?? Number.MAX_SAFE_INTEGER;
  return z.number({ error }).int({ error }).min(bounds.min, { error }).max(max, { error })
    .describe(describe(note));
}

/**
 * A finite number field.
 *
 * @param bounds Smallest and largest value allowed.
 * @param note Description.
 * @returns The schema.
 */
export function number(bounds: NumberBounds, note: FieldNote): z.ZodNumber {
  const error = range("a number", bounds);
  const max = bounds.max ?? Number.MAX_VALUE;
  return z.number({ error }).min(bounds.min, { error }).max(max, { error })
    .describe(describe(note));
}

/**
 * A field that configurations of earlier versions lack.
 *
 * @param field A field for numbers or names.
 * @param before What it is where it is missing: what those versions did, or nearest to it.
 * @returns The schema.
 */
export function added<Field extends z.ZodNumber | z.ZodEnum>(
  field: Field,
  before: NoInfer<z.output<Field>>,
): z.ZodDefault<Field> {
  return z._default(field, before as z.util.NoUndefined<z.output<Field>>)
    .describe(field.description!);
}

/**
 * A field for numbers greater than 0.
 *
 * @param note Description.
 * @returns The schema.
 */
export function positive(note: FieldNote): z.ZodNumber {
  const error = "a number greater than 0";
  return z.number({ error }).gt(0, { error }).describe(describe(note));
}

/**
 * A field for fractions with open ends, such as decays and shares.
 *
 * @param ends Whether 0 and 1 themselves are allowed.
 * @param note Description.
 * @returns The schema.
 */
export function fraction(
  ends: { readonly zero: boolean; readonly one: boolean },
  note: FieldNote,
): z.ZodNumber {
  const error = `a number from 0 ${ends.zero ? "" : "(excluded) "}to 1` +
    (ends.one ? "" : " (excluded)");
  const base = z.number({ error });
  const low = ends.zero ? base.gte(0, { error }) : base.gt(0, { error });
  return (ends.one ? low.lte(1, { error }) : low.lt(1, { error })).describe(describe(note));
}

/**
 * A yes-or-no field.
 *
 * @param note Description.
 * @returns The schema.
 */
export function flag(note: FieldNote): z.ZodBoolean {
  return z.boolean({ error: "true or false" }).describe(describe(note));
}

/**
 * A field that takes one of several names.
 *
 * @param names All names allowed.
 * @param note Description.
 * @returns The schema.
 */
export function choice<const Name extends string>(
  names: readonly Name[],
  note: FieldNote,
): z.ZodEnum<{ [K in Name]: K }> {
  const error = names.length === 1
    ? JSON.stringify(names[0])
    : `one of ${names.map((name) => JSON.stringify(name)).join(", ")}`;
  return z.enum(names, { error }).describe(describe(note));
}

/**
 * A field that takes one of a few numbers.
 *
 * @param values All values allowed.
 * @param note Description.
 * @returns The schema.
 */
export function oneOf<const Value extends number>(
  values: readonly Value[],
  note: FieldNote,
): z.ZodLiteral<Value> {
  return z.literal([...values], { error: `one of ${values.join(", ")}` }).describe(describe(note));
}

/**
 * A text field.
 *
 * @param pattern What it must match as a whole.
 * @param expected Completes "Expected <path> to be …".
 * @param note Description.
 * @returns The schema.
 */
export function text(pattern: RegExp, expected: string, note: FieldNote): z.ZodString {
  return z.string({ error: expected }).regex(pattern, { error: expected }).describe(describe(note));
}

/**
 * One of several groups, told apart by their field `name`.
 *
 * @param what What each is, with its article.
 * @param groups Each with a field `name` of one value.
 * @returns The schema.
 */
export function either<
  const Groups extends readonly [
    z.ZodObject<{ name: z.ZodEnum }>,
    ...z.ZodObject<{ name: z.ZodEnum }>[],
  ],
>(what: string, groups: Groups): z.ZodDiscriminatedUnion<Groups, "name"> {
  const names = groups.flatMap(({ shape: { name } }) => name.options)
    .map((name) => JSON.stringify(name)).join(", ");
  const error = (issue: { readonly code?: string }) =>
    issue.code === "invalid_union" ? `one of ${names}` : `an object with the name of ${what}`;
  return z.discriminatedUnion("name", groups, { error });
}

/**
 * A group of fields; other keys are refused.
 *
 * @param shape Fields by name.
 * @returns The schema.
 */
export function group<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: `an object with ${Object.keys(shape).join(", ")}` });
}
