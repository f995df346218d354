// Copies a range of channels out of a wider tensor.
// Formula: dx[r, i] = dy[r, first+i] for i < c; padding 0.
// Shapes: dy [rows, pitch_y] scalars, dx [rows, pitch_x] scalars.
// Grid: one thread for each (row, i < pitch_x); workgroups of 64.
// Reference: engine/reference/concat.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.rows * params.pitch_x) {
    return;
  }
  let row = index / params.pitch_x;
  let i = index % params.pitch_x;
  dx[index] = select(0.0, dy[row * params.pitch_y + params.first + i], i < params.c);
}
