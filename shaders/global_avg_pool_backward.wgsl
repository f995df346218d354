// Gradient of the mean over all pixels.
// Formula: dx[b,i,c] = dy[b,c] / pixels.
// Shapes: dy [n,c4] vec4, dx [n,pixels,c4] vec4.
// Grid: one thread for each vec4 of dx; workgroups of 64.
// Reference: engine/reference/global_avg_pool.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.n * params.pixels * params.c4) {
    return;
  }
  let c = index % params.c4;
  let b = index / (params.c4 * params.pixels);
  dx[index] = dy[b * params.c4 + c] / f32(params.pixels);
}
