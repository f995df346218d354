// Gradient of the softmax of each row.
// Formula: dx[r,j] = y[r,j] * (dy[r,j] - Σ_k dy[r,k] * y[r,k]).
// Shapes: y, dy, dx [rows,c4] vec4.
// Grid: one workgroup of 64 threads a row; thread t takes vec4s t, t+64, …, thread 0 adds in order.
// Reference: engine/reference/softmax.ts (backward)

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // The grid may be folded: workgroups past the end do the last row again.
  let row = min(flat_group(group, groups), params.rows - 1u) * params.c4;
  var total = 0.0;
  for (var k = lane; k < params.c4; k += 64u) {
    total += dot(y[row + k], dy[row + k]);
  }
  sums[lane] = total;
  workgroupBarrier();
  if (lane == 0u) {
    for (var t = 1u; t < 64u; t++) {
      total += sums[t];
    }
    sums[0] = total;
  }
  workgroupBarrier();
  total = sums[0];
  for (var k = lane; k < params.c4; k += 64u) {
    dx[row + k] = y[row + k] * (dy[row + k] - total);
  }
}
