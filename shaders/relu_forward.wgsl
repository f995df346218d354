// Rectifier.
// Formula: y = max(x, 0).
// Shapes: x, y [count4] vec4 (any shape).
// Grid: one workgroup of 64 threads for 256 vec4s.
// Reference: engine/reference/relu.ts

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
      y[i] = rectified(x[i]);
    }
  }
  //# end
}
