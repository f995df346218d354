// Rows of a table.
// Formula: y[r] = table[indices[r]]; a row of NaN where the table has no such row.
// Shapes: table [v,c4] vec4, indices [n] u32, y [n,c4] vec4.
// Grid: one thread for each vec4 of y; workgroups of 64.
// Reference: engine/reference/embedding.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= params.n * params.c4) {
    return;
  }
  let c = i % params.c4;
  let row = indices[i / params.c4];
  let value = table[min(row, params.v - 1u) * params.c4 + c];
  let missing = vec4f(not_a_number(row));
  y[i] = select(vec4f(0), select(missing, value, row < params.v), are_channels(c, params.columns));
}
