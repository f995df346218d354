/**
 * Ways to damage the bytes of a file, and the values of JSON.
 *
 * @module
 */
import type { Random } from "../../engine/random.ts";

/** Numbers that lengths and counts of a hostile file claim. */
const HUGE = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53, -1];

/** Texts that stand where a number or a name of JSON stood. */
const HOSTILE_JSON = [
  ...["null", "true", "[]", "{}", "-1", "0", "1e308", "1e999", "9007199254740993", "2147483648"],
  ...['""', '"\\u0000"', '"../../x"', '"__proto__"', '"\\ud800"', '[{"toString":1,"valueOf":1}]'],
  ...['{"toString":1}', '{"__proto__":{"x":1}}', "[".repeat(20_000) + "]".repeat(20_000)],
];

function place(length: number, random: Random): number {
  return random.integer(length + 1);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const flip: Mutation = (bytes, random) => {
  const changed = bytes.slice();
  if (bytes.length > 0) changed[random.integer(bytes.length)] ^= 1 << random.integer(8);
  return changed;
};

const replace: Mutation = (bytes, random) => {
  const changed = bytes.slice();
  const at = place(bytes.length, random);
  for (let i = at; i < Math.min(bytes.length, at + 1 + random.integer(8)); i++) {
    changed[i] = random.integer(256);
  }
  return changed;
};

const insert: Mutation = (bytes, random) => {
  const at = place(bytes.length, random);
  const added = Uint8Array.from({ length: 1 + random.integer(16) }, () => random.integer(256));
  return join(bytes.subarray(0, at), added, bytes.subarray(at));
};

const remove: Mutation = (bytes, random) => {
  const at = place(bytes.length, random);
  return join(bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(16)));
};

const truncate: Mutation = (bytes, random) => bytes.slice(0, place(bytes.length, random));

const duplicate: Mutation = (bytes, random) => {
  const [from, at] = [place(bytes.length, random), place(bytes.length, random)];
  const piece = bytes.subarray(from, from + 1 + random.integer(200));
  return join(bytes.subarray(0, at), piece, bytes.subarray(at));
};

const splice: Mutation = (bytes, random, other) =>
  join(
    bytes.subarray(0, place(bytes.length, random)),
    other.subarray(place(other.length, random)),
  );

/** Writes a huge number over 1, 2, 4 or 8 bytes, in either order; mostly near the beginning. */
const blowUp: Mutation = (bytes, random) => {
  const changed = bytes.slice();
  const size = 2 ** random.integer(4);
  const room = random.uniform() < 0.7 ? Math.min(64, bytes.length) : bytes.length;
  if (room < size) return changed;
  const at = random.integer(room - size + 1);
  let value = BigInt.asUintN(8 * size, BigInt(HUGE[random.integer(HUGE.length)]));
  const little = random.uniform() < 0.5;
  for (let i = 0; i < size; i++, value >>= 8n) {
    changed[little ? at + i : at + size - 1 - i] = Number(value & 255n);
  }
  return changed;
};

/** Values of the same kind, which a schema lets through more often. */
const OF_KIND = {
  number: [
    "-1",
    "0",
    "1",
    "2",
    "7",
    "0.5",
    "100",
    "1e9",
    "2147483648",
    "9007199254740991",
    "1e308",
  ],
  text: [
    ...[
      '""',
      '"\\u0000"',
      '"../../x"',
      '"__proto__"',
      '"\\ud800"',
      '"=1+1"',
      '"\\u202e"',
      '"0 0 1"',
    ],
    ...[
      '"<script>alert(1)</script>"',
      '"\\" onload=alert(1) x=\\""',
      '"macro"',
      '"micro"',
      '"constructor"',
      '"toString"',
    ],
    `"${"1 ".repeat(3000)}"`,
  ],
};

/** Puts a hostile value in the place of a number, a text or a name of JSON. */
const replaceJson: Mutation = (bytes, random) => {
  const text = new TextDecoder().decode(bytes);
  const tokens = [
    ...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null/g),
  ];
  if (tokens.length === 0) return bytes.slice();
  const { 0: old, index } = tokens[random.integer(tokens.length)];
  const kind = /^[-\d]/.test(old) ? "number" : old.startsWith('"') ? "text" : null;
  const values = kind === null || random.uniform() < 0.3 ? HOSTILE_JSON : OF_KIND[kind];
  const value = values[random.integer(values.length)];
  return new TextEncoder().encode(text.slice(0, index) + value + text.slice(index + old.length));
};

const OF_BYTES = [flip, replace, insert, remove, truncate, duplicate, splice, blowUp, blowUp];

/**
 * Damages `bytes` one to three times.
 *
 * @param other Another file of the same kind, to splice with.
 * @param json Whether values of JSON are replaced too.
 */
export function mutate(
  bytes: Uint8Array,
  other: Uint8Array,
  json: boolean,
  random: Random,
): Uint8Array {
  if (json && random.uniform() < 0.5) return replaceJson(bytes, random, other);
  let changed = bytes;
  for (let left = 1 + random.integer(3); left > 0; left--) {
    const asJson = json && random.uniform() < 0.6;
    const mutation = asJson ? replaceJson : OF_BYTES[random.integer(OF_BYTES.length)];
    changed = mutation(changed, random, other);
  }
  return changed;
}
