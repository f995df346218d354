// Drop path with a draw for each sample from (seed, sample); the gradient is the same kernel applied
// to dy.
// Formula: y[b,…] = scale * x[b,…] where draw(seed, b) >= threshold, else 0; draw is uniform among
//          0 … 2^24 - 1, threshold = ceil((1 - keep) * 2^24), scale = 1 / keep.
// Shapes: x, y [count4] vec4, sample4 of them a sample (rows padded to 4).
// Grid: one thread for each vec4; workgroups of 64.
// Reference: engine/reference/drop_path.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.count4) {
    return;
  }
  let sample = index / params.sample4;
  let draw = pcg_hash(sample ^ pcg_hash(params.seed)) >> 8u;
  y[index] = select(vec4f(0), x[index] * params.scale, draw >= params.threshold);
}
