// Adds the ranges of batch_norm_backward_reduce in order.
// Formula: coefficients = k, mean, beta, dbeta / rows, dgamma * inverse / rows, dbeta, dgamma with
//          dbeta = Σ dy', dgamma = Σ dy' * (x - mean) * inverse,
//          inverse = 1 / sqrt(variance + epsilon), k = gamma * inverse.
// Shapes: partial [splits,2,c4] vec4, gamma, beta, mean, variance [c4] vec4,
//         coefficients [7,c4] vec4.
// Grid: one thread for each c4; workgroups of 64.
// Reference: engine/reference/batch_norm.ts (backward)

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
  var dbeta = vec4f(0);
  var dgamma = vec4f(0);
  // Counted by the place in `partial`: see "Shaders" in docs/conventions.md.
  let end = params.splits * 2u * params.c4;
  for (var i = c; i < end; i += 2u * params.c4) {
    dbeta += partial[i];
    dgamma += partial[i + params.c4];
  }
  // Padding has variance 0, and an epsilon of 0 would make it NaN.
  let inverse = select(
    vec4f(0),
    1.0 / sqrt(variance[c] + params.epsilon),
    are_channels(c, params.channels),
  );
  coefficients[c] = gamma[c] * inverse;
  coefficients[params.c4 + c] = mean[c];
  coefficients[2u * params.c4 + c] = beta[c];
  coefficients[3u * params.c4 + c] = dbeta / f32(params.rows);
  coefficients[4u * params.c4 + c] = dgamma * inverse / f32(params.rows);
  coefficients[5u * params.c4 + c] = dbeta;
  coefficients[6u * params.c4 + c] = dgamma;
}
