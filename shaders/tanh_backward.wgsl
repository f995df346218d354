// Gradient of the scaled hyperbolic tangent.
// Formula: dx = dy * scale / temperature * (1 - (y / scale)^2).
// Shapes: y, dy, dx [count4] vec4 (any shape).
// Grid: one thread for each vec4; workgroups of 64.
// Reference: engine/reference/tanh.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i < params.count4) {
    let t = y[i] / params.scale;
    dx[i] = dy[i] * (params.scale / params.temperature) * (1.0 - t * t);
  }
}
