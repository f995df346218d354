// Gradient of the rectifier.
// Formula: dx = dy where y > 0, else 0.
// Shapes: y, dy, dx [count4] vec4 (any shape).
// Grid: one workgroup of 64 threads for 256 vec4s.
// Reference: engine/reference/relu.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let base = flat_group(group, groups) * 256u + lane;
  //# for k in 0..4
  {
    let i = base + ${k * 64}u;
    if (i < params.count4) {
      dx[i] = select(vec4f(0), dy[i], y[i] > vec4f(0));
    }
  }
  //# end
}
