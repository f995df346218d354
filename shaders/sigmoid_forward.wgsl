// Logistic function.
// Formula: y = 1 / (1 + exp(-x)); padding 0.
// Shapes: x, y [count4] vec4 (any shape), c4 of them in a row.
// Grid: one thread for each vec4; workgroups of 64.
// Reference: engine/reference/sigmoid.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i < params.count4) {
    let value = 1.0 / (1.0 + exp(-x[i]));
    y[i] = select(vec4f(0), value, are_channels(i % params.c4, params.columns));
  }
}
