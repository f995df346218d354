// Helpers that are put before every kernel.
// Formula: pcg_hash is the output function of PCG (O'Neill) on one LCG step; draws masks and crops.
// Shapes: none; these are scalar functions.
// Grid: none.
// Reference: engine/reference/pcg.ts

fn pcg_hash(x: u32) -> u32 {
  let state = x * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

// Row-major number of this workgroup in a grid that may be folded into two dimensions.
fn flat_group(group: vec3u, groups: vec3u) -> u32 {
  return group.x + group.y * groups.x;
}

// Whether a number is neither infinite nor NaN, by its bits: comparisons with NaN may be folded away.
fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

// The same of each element.
fn are_finite(x: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(x) & vec4u(0x7f800000u)) != vec4u(0x7f800000u);
}

// NaN. WGSL refuses one that is known when it compiles; this takes any number that is not.
fn not_a_number(seed: u32) -> f32 {
  return bitcast<f32>(0x7fc00000u | (seed & 1u));
}

// Which channels of vec4 number `c` there are; the others pad a row.
fn are_channels(c: u32, channels: u32) -> vec4<bool> {
  return vec4u(4u * c) + vec4u(0u, 1u, 2u, 3u) < vec4u(channels);
}

// Which elements are NaN, by their bits.
fn are_nan(x: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

// Place of vec4 number `index` in a texture that mirrors a buffer; see engine/webgpu/load_path.ts.
fn texel_of(index: u32) -> vec2u {
  return vec2u(index % 1024u, index / 1024u);
}

// max(value, 0), but NaN stays NaN, which neither max nor comparisons of floats keep on every adapter: a
// negative number has bits from 80000000 to ff800000.
fn rectified(value: vec4f) -> vec4f {
  let negative = bitcast<vec4u>(value) - vec4u(0x80000000u) <= vec4u(0x7f800000u);
  return select(value, vec4f(0), negative);
}
