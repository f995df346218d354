// What the gradients that arrive at mean and variance of a batch normalisation give its input.
// Formula: dx = dx + (dmean + 2 * (x - mean) * dvariance) / rows; without ADD the first term is 0.
// Shapes: x, dx [rows,c4] vec4, mean, dmean, dvariance [c4] vec4.
// Grid: one thread for each vec4 of dx; workgroups of 64.
// Template: ADD.
// Reference: engine/reference/batch_norm.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.rows * params.c4) {
    return;
  }
  let c = index % params.c4;
  let share = (dmean[c] + 2.0 * (x[index] - mean[c]) * dvariance[c]) / f32(params.rows);
  //# if ADD == 1
  dx[index] += share;
  //# end
  //# if ADD == 0
  dx[index] = share;
  //# end
}
