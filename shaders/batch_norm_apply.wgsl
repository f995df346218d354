// Normalises, scales, shifts and, where RELU is 1, rectifies.
// Formula: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, then max(y, 0).
// Shapes: x, y [rows,c4] vec4, gamma, beta, mean, variance [c4] vec4.
// Grid: one thread for R rows of one c4; workgroups of 64.
// Template: R rows a thread, RELU.
// Reference: engine/reference/batch_norm.ts, engine/reference/batch_norm_inference.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let c = index % params.c4;
  let r = (index / params.c4) * ${R}u;
  if (r >= params.rows) {
    return;
  }
  let m = mean[c];
  // Padding has variance 0, and an epsilon of 0 would make it NaN.
  let scale = select(
    vec4f(0),
    gamma[c] / sqrt(variance[c] + params.epsilon),
    are_channels(c, params.channels),
  );
  let offset = beta[c];
  //# for k in 0..R
  if (r + ${k}u < params.rows) {
    let i = (r + ${k}u) * params.c4 + c;
    let value = (x[i] - m) * scale + offset;
    //# if RELU == 1
    y[i] = rectified(value);
    //# end
    //# if RELU == 0
    y[i] = value;
    //# end
  }
  //# end
}
