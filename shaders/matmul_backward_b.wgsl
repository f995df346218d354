// Gradient of a matrix product with respect to its right factor, in parts: one range of rows a split.
// Formula: db[split,k,j] = Σ_{i of split} a[i,k] * dy[i,j].
// Shapes: a [m,k4] vec4, dy [m,n4] vec4, db [splits,k,n4] vec4.
// Grid: one thread for 4 rows of one vec4 column of a split's db; workgroups of 64.
// Reference: engine/reference/matmul.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.splits * params.k4 * params.n4) {
    return;
  }
  let j = index % params.n4;
  let k = index / params.n4 % params.k4;
  let split = index / params.n4 / params.k4;
  let first = split * params.rows_per_split;
  let end = min(first + params.rows_per_split, params.m);
  //# for r in 0..4
  var acc_${r} = vec4f(0);
  //# end
  for (var i = first; i < end; i++) {
    let v = a[i * params.k4 + k];
    let g = dy[i * params.n4 + j];
    acc_0 += v.x * g;
    acc_1 += v.y * g;
    acc_2 += v.z * g;
    acc_3 += v.w * g;
  }
  //# for r in 0..4
  if (k * 4u + ${r}u < params.k) {
    db[(split * params.k + k * 4u + ${r}u) * params.n4 + j] = acc_${r};
  }
  //# end
}
