// Combines the ranges of batch_norm_statistics, in order (Chan et al.).
// Formula: mean and biased variance over all rows; where MOVING is 1 also
//          moving += rate * (batch - moving), with the variance times rows / (rows - 1) = unbias, unless
//          the result is not finite.
// Shapes: partial [splits,2,c4] vec4, mean, variance, moving_mean, moving_variance [c4] vec4.
// Grid: one thread for each c4; workgroups of 64.
// Template: MOVING.
// Reference: engine/reference/batch_norm.ts

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
  // Counted by the place in `partial`, which begins differently in each thread: see "Shaders" in
  // docs/conventions.md.
  let end = params.splits * 2u * params.c4;
  var count = f32(min(params.rows_per_split, params.rows));
  for (var i = 2u * params.c4 + c; i < end; i += 2u * params.c4) {
    let rows = min(f32(params.rows_per_split), f32(params.rows) - count);
    let delta = partial[i] - m;
    let total = count + rows;
    m += delta * (rows / total);
    squares += partial[i + params.c4] + delta * delta * (count * rows / total);
    count = total;
  }
  let v = squares / count;
  mean[c] = m;
  variance[c] = v;
  //# if MOVING == 1
  let next_mean = moving_mean[c] + params.rate * (m - moving_mean[c]);
  let next_variance = moving_variance[c] + params.rate * (v * params.unbias - moving_variance[c]);
  let finite = are_finite(next_mean) & are_finite(next_variance);
  moving_mean[c] = select(moving_mean[c], next_mean, finite);
  moving_variance[c] = select(moving_variance[c], next_variance, finite);
  //# end
}
