// Copies one tensor into a range of channels of a wider one.
// Formula: y[r, first+i] = x[r, i] for i < c.
// Shapes: x [rows, pitch_x] scalars, y [rows, pitch_y] scalars.
// Grid: one thread for each (row, i); workgroups of 64. The padding of y is written by the last part.
// Reference: engine/reference/concat.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.rows * params.width) {
    return;
  }
  let row = index / params.width;
  let i = index % params.width;
  // width exceeds c for the last part only, which also clears the padding.
  y[row * params.pitch_y + params.first + i] = select(0.0, x[row * params.pitch_x + i], i < params.c);
}
