// Softmax of each row.
// Formula: y[r,j] = exp(x[r,j] - m) / total, (m, total) the row's statistics; padding 0.
// Shapes: x, y [rows,c4] vec4, statistics [rows] vec4 of softmax_statistics.
// Grid: one thread for each vec4 of y; workgroups of 64.
// Reference: engine/reference/softmax.ts

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
  let row = statistics[index / params.c4];
  let value = exp(x[index] - row.x) / row.y;
  y[index] = select(vec4f(0), value, are_channels(index % params.c4, params.columns));
}
