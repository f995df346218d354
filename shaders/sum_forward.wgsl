// Sum of N tensors of one shape, in the given order.
// Formula: y = x0 + x1 + … + x(N-1).
// Shapes: x0 … x(N-1) [count4] vec4, y [count4] vec4 (any shape, rows padded to 4).
// Grid: one workgroup of 64 threads for 256 vec4s.
// Template: N tensors.
// Reference: engine/reference/sum.ts

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
      var total = x0[i];
      //# for j in 1..N
      total += x${j}[i];
      //# end
      y[i] = total;
    }
  }
  //# end
}
