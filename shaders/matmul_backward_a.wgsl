// Gradient of a matrix product with respect to its left factor.
// Formula: da[i,k] = Σ_j dy[i,j] * b[k,j], over `turns` vec4s of j from `first`, added to what the ranges
//          before gave.
// Shapes: dy [m,n4] vec4, b [k,n4] vec4, da [m,k4] vec4.
// Grid: one thread for each vec4 of da; workgroups of 64.
// Reference: engine/reference/matmul.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.m * params.k4) {
    return;
  }
  let k = (index % params.k4) * 4u;
  let i = index / params.k4;
  var acc = vec4f(0);
  if (params.first > 0u) {
    acc = da[index];
  }
  for (var turn = 0u; turn < params.turns; turn++) {
    let j = params.first + turn;
    let g = dy[i * params.n4 + j];
    let row = k * params.n4 + j;
    acc += vec4f(
      dot(g, b[row]),
      dot(g, b[row + params.n4]),
      dot(g, b[row + 2u * params.n4]),
      dot(g, b[row + 3u * params.n4]),
    );
  }
  let valid = vec4u(k, k + 1u, k + 2u, k + 3u) < vec4u(params.k);
  da[index] = select(vec4f(0), acc, valid);
}
