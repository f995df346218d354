// Adds the ranges in order: gradients of scale and offset, and the coefficients with which
// batch_norm_backward_apply computes the input gradient.
// Formula: dbeta = Σ dy', dgamma = Σ dy' * xhat; coefficients k = gamma / sqrt(variance + epsilon),
//          mean, beta, a = dbeta / rows, b = dgamma / sqrt(variance + epsilon) / rows.
// Shapes: partial [splits,2,c4] vec4, all others [c4] vec4, coefficients [5,c4] vec4.
// Grid: one thread for each c4; workgroups of 64.
// Reference: engine/reference/batch_norm.ts (backward)

@group(0) @binding(0) var<storage, read> partial: array<vec4f>;
@group(0) @binding(1) var<storage, read> gamma: array<vec4f>;
@group(0) @binding(2) var<storage, read> beta: array<vec4f>;
@group(0) @binding(3) var<storage, read> mean: array<vec4f>;
@group(0) @binding(4) var<storage, read> variance: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dgamma: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dbeta: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> coefficients: array<vec4f>;

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
  var sum_dy = vec4f(0);
  var sum_dy_xhat = vec4f(0);
  for (var s = 0u; s < params.splits; s++) {
    sum_dy += partial[s * 2u * params.c4 + c];
    sum_dy_xhat += partial[(s * 2u + 1u) * params.c4 + c];
  }
  dbeta[c] = sum_dy;
  dgamma[c] = sum_dy_xhat;
  let inverse = 1.0 / sqrt(variance[c] + params.epsilon);
  coefficients[c] = gamma[c] * inverse;
  coefficients[params.c4 + c] = mean[c];
  coefficients[2u * params.c4 + c] = beta[c];
  coefficients[3u * params.c4 + c] = sum_dy / f32(params.rows);
  coefficients[4u * params.c4 + c] = sum_dy_xhat * inverse / f32(params.rows);
}
