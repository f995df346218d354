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

// Place of vec4 number `index` in a texture that mirrors a buffer; see engine/load_path.ts.
fn texel_of(index: u32) -> vec2u {
  return vec2u(index % 1024u, index / 1024u);
}
