// Gradient of a table of which rows were taken, in parts: one range of taken rows a split.
// Formula: partial[split,v] = Σ_{r of split, indices[r] = v} dy[r].
// Shapes: indices [n] u32, dy [n,c4] vec4, partial [splits,v,c4] vec4.
// Grid: one thread for each vec4 of partial; workgroups of 64.
// Reference: engine/reference/embedding.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= params.splits * params.v * params.c4) {
    return;
  }
  let c = i % params.c4;
  let row = i / params.c4 % params.v;
  let first = i / (params.c4 * params.v) * params.rows_per_split;
  let end = min(first + params.rows_per_split, params.n);
  var acc = vec4f(0);
  for (var r = first; r < end; r++) {
    if (indices[r] == row) {
      acc += dy[r * params.c4 + c];
    }
  }
  partial[i] = acc;
}
