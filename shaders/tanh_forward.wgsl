// Scaled hyperbolic tangent. Beyond 10 it is 1 to the last bit; some adapters overflow there.
// Formula: y = scale * tanh(x / temperature).
// Shapes: x, y [count4] vec4 (any shape).
// Grid: one thread for each vec4; workgroups of 64.
// Reference: engine/reference/tanh.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i < params.count4) {
    y[i] = params.scale * tanh(clamp(x[i] / params.temperature, vec4f(-10), vec4f(10)));
  }
}
