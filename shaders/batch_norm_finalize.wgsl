// Combines the ranges of batch_norm_statistics, in order (Chan et al.).
// Formula: mean and biased variance over all rows.
// Shapes: partial [splits,2,c4] vec4, mean [c4] vec4, variance [c4] vec4.
// Grid: one thread for each c4; workgroups of 64.
// Reference: engine/reference/batch_norm.ts

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> mean: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> variance: array<vec4f>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = flat_group(group, groups) * 64u + lane;
  if (c >= params.c4) {
    return;
  }
  var m = partial[c];
  var squares = partial[params.c4 + c];
  var count = f32(min(params.rows_per_split, params.rows));
  for (var s = 1u; s < params.splits; s++) {
    let rows = f32(min(params.rows_per_split, params.rows - s * params.rows_per_split));
    let delta = partial[s * 2u * params.c4 + c] - m;
    let total = count + rows;
    m += delta * (rows / total);
    squares += partial[(s * 2u + 1u) * params.c4 + c] + delta * delta * (count * rows / total);
    count = total;
  }
  mean[c] = m;
  variance[c] = squares / count;
}
