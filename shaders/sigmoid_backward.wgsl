// Gradient of the logistic function.
// Formula: dx = dy * y * (1 - y).
// Shapes: y, dy, dx [count4] vec4 (any shape).
// Grid: one thread for each vec4; workgroups of 64.
// Reference: engine/reference/sigmoid.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i < params.count4) {
    dx[i] = dy[i] * y[i] * (1.0 - y[i]);
  }
}
