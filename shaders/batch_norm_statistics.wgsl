// Per-channel mean and centred sum of squares over ranges of rows. Values are shifted by the
// range's first row before they are summed, so that a large mean does not cancel the variance.
// Formula: partial[split] = (mean, Σ (x - mean)^2) over the rows of the split.
// Shapes: x [rows,c4] vec4, partial [splits,2,c4] vec4.
// Grid: one thread for each (split, c4); workgroups of 64.
// Reference: engine/reference/batch_norm.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.splits * params.c4) {
    return;
  }
  let c = index % params.c4;
  let split = index / params.c4;
  let first = split * params.rows_per_split;
  let end = min(first + params.rows_per_split, params.rows);
  let origin = x[first * params.c4 + c];
  var total = vec4f(0);
  var squares = vec4f(0);
  var r = first;
  // Four rows a turn: a turn of a loop costs as much as a load on software adapters.
  for (; r + 4u <= end; r += 4u) {
    //# for k in 0..4
    let d_${k} = x[(r + ${k}u) * params.c4 + c] - origin;
    total += d_${k};
    squares += d_${k} * d_${k};
    //# end
  }
  for (; r < end; r++) {
    let d = x[r * params.c4 + c] - origin;
    total += d;
    squares += d * d;
  }
  let mean = total / f32(end - first);
  partial[split * 2u * params.c4 + c] = origin + mean;
  partial[(split * 2u + 1u) * params.c4 + c] = max(squares - total * mean, vec4f(0));
}
