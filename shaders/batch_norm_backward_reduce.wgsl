// Sums that the gradient of batch normalisation needs, over ranges of rows. Where RELU is 1 the
// rectifier's mask is recomputed from x.
// Formula: partial[split] = (Σ dy', Σ dy' * (x - mean) / sqrt(variance + epsilon)), dy' = dy where y > 0.
// Shapes: x, dy [rows,c4] vec4, gamma, beta, mean, variance [c4] vec4, partial [splits,2,c4] vec4.
// Grid: one thread for each (split, c4); workgroups of 64.
// Template: RELU.
// Reference: engine/reference/batch_norm.ts (backward)

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
  let m = mean[c];
  // Padding has variance 0, and an epsilon of 0 would make it NaN.
  let inverse = select(
    vec4f(0),
    1.0 / sqrt(variance[c] + params.epsilon),
    are_channels(c, params.channels),
  );
  let scale = gamma[c] * inverse;
  let offset = beta[c];
  var sum_dy = vec4f(0);
  var sum_dy_x = vec4f(0);
  var r = first;
  // Four rows a turn: a turn of a loop costs as much as a load on software adapters.
  for (; r + 4u <= end; r += 4u) {
    //# for k in 0..4
    {
      let i = (r + ${k}u) * params.c4 + c;
      let centred = x[i] - m;
      var g = dy[i];
      //# if RELU == 1
      g = select(vec4f(0), g, centred * scale + offset > vec4f(0));
      //# end
      sum_dy += g;
      sum_dy_x += g * centred;
    }
    //# end
  }
  for (; r < end; r++) {
    let i = r * params.c4 + c;
    let centred = x[i] - m;
    var g = dy[i];
    //# if RELU == 1
    g = select(vec4f(0), g, centred * scale + offset > vec4f(0));
    //# end
    sum_dy += g;
    sum_dy_x += g * centred;
  }
  partial[split * 2u * params.c4 + c] = sum_dy;
  partial[(split * 2u + 1u) * params.c4 + c] = sum_dy_x * inverse;
}
