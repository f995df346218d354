// Matrix product.
// Formula: y[i,j] = Σ_k a[i,k] * b[k,j], over `turns` vec4s of k from `first`, added to what the ranges
//          before gave.
// Shapes: a [m,k4] vec4, b [k,n4] vec4, y [m,n4] vec4.
// Grid: one thread for each vec4 of y; workgroups of 64.
// Reference: engine/reference/matmul.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.m * params.n4) {
    return;
  }
  let j = index % params.n4;
  let i = index / params.n4;
  var acc = vec4f(0);
  if (params.first > 0u) {
    acc = y[index];
  }
  for (var turn = 0u; turn < params.turns; turn++) {
    let k = params.first + turn;
    // Rows past k meet the zero padding of a; they are clamped to the last row, since what lies
    // behind the matrix may be no number.
    let v = a[i * params.k4 + k];
    //# for r in 0..4
    acc += v[${r}] * b[min(k * 4u + ${r}u, params.k - 1u) * params.n4 + j];
    //# end
  }
  y[index] = acc;
}
