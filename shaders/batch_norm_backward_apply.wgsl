// Gradients of batch normalisation; that of x runs through mean and variance where THROUGH is 1.
// Formula: dx = k * (dy' - a - (x - mean) * b), dy' = dy where y > 0 (RELU); without THROUGH, for
//          moving averages, dx = k * dy'. dbeta and dgamma are copied.
// Shapes: x, dy, dx [rows,c4] vec4, dgamma, dbeta [c4] vec4, coefficients [7,c4] vec4 of
//         batch_norm_backward_finalize or batch_norm_backward_small.
// Grid: one thread for R rows of one c4; workgroups of 64.
// Template: R rows a thread, RELU, THROUGH.
// Reference: engine/reference/batch_norm.ts (backward)

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
  // Here, for the sums themselves already bind as many buffers as a kernel may.
  if (r == 0u) {
    dbeta[c] = coefficients[5u * params.c4 + c];
    dgamma[c] = coefficients[6u * params.c4 + c];
  }
  let k = coefficients[c];
  let m = coefficients[params.c4 + c];
  //# if RELU == 1
  let offset = coefficients[2u * params.c4 + c];
  //# end
  //# if THROUGH == 1
  let a = coefficients[3u * params.c4 + c];
  let b = coefficients[4u * params.c4 + c];
  //# end
  //# for j in 0..R
  if (r + ${j}u < params.rows) {
    let i = (r + ${j}u) * params.c4 + c;
    let centred = x[i] - m;
    var g = dy[i];
    //# if RELU == 1
    g = select(vec4f(0), g, centred * k + offset > vec4f(0));
    //# end
    //# if THROUGH == 1
    dx[i] = k * (g - a - centred * b);
    //# end
    //# if THROUGH == 0
    dx[i] = k * g;
    //# end
  }
  //# end
}
