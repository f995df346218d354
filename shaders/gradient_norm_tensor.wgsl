// Clipping of each parameter by itself: adds the chunks of a parameter and derives their factor.
// Formula: factor[chunk] = min(1, bound / sqrt(Σ partial over the chunks of the same parameter)), 1 where
//          bound or the sum is 0.
// Shapes: partial [before + count] scalars, chunks [count] (first, length, head, decays), factor
//         [before + count] scalars. Chunks of one parameter lie together, the first of them is `head`.
// Grid: one thread a chunk; workgroups of 64. Each thread adds its parameter's chunks in order, so the
//       factors of one parameter are the same.
// Reference: engine/reference/optimizers.ts (clipScaleReference)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = flat_group(group, groups) * 64u + lane;
  if (chunk >= params.count) {
    return;
  }
  let head = chunks[chunk].z;
  var sum = 0.0;
  for (var k = head; k < params.count && chunks[k].z == head; k++) {
    sum += partial[params.before + k];
  }
  let norm = sqrt(sum);
  let clips = params.bound > 0.0 && norm > 0.0;
  factor[params.before + chunk] = select(1.0, min(1.0, params.bound / norm), clips);
}
