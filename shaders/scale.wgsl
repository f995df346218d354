// Multiplies by a number; the gradient is the same kernel on dy.
// Formula: y = factor * x.
// Shapes: x, y [count4] vec4 (any shape).
// Grid: one thread for each vec4; workgroups of 64.
// Reference: engine/reference/scale.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i < params.count4) {
    y[i] = params.factor * x[i];
  }
}
