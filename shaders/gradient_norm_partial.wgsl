// First stage of the global gradient norm: one sum of squares for each chunk of the sampled path.
// Formula: partial[before + chunk] = Σ g^2 over the chunk.
// Shapes: gradient [block] scalars, chunks [count] (first, length, head, decays), partial
//         [before + count] scalars.
// Grid: one workgroup of 64 threads a chunk.
// Reference: engine/reference/optimizers.ts (clipScaleReference)

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = flat_group(group, groups);
  var total = 0.0;
  if (chunk < params.count) {
    let first = chunks[chunk].x;
    for (var i = lane; i < chunks[chunk].y; i += 64u) {
      total += gradient[first + i] * gradient[first + i];
    }
  }
  sums[lane] = total;
  workgroupBarrier();
  if (lane == 0u && chunk < params.count) {
    var sum = 0.0;
    for (var t = 0u; t < 64u; t++) {
      sum += sums[t];
    }
    partial[params.before + chunk] = sum;
  }
}
