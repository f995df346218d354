// What the softmax of a row needs of the whole row: its largest element, and the sum of exponentials
// with that drawn out, so that none overflows.
// Formula: statistics[r] = (m, Σ_j exp(x[r,j] - m), 0, 0), m = max_j x[r,j];
//          place[r] = the lowest j with x[r,j] = m.
// Shapes: x [rows,c4] vec4, statistics [rows] vec4, place [rows] u32.
// Grid: one workgroup of 64 threads a row; thread t takes vec4s t, t+64, …, thread 0 adds in order.
// Reference: engine/reference/softmax.ts

var<workgroup> values: array<f32, 64>;
var<workgroup> places: array<u32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // The grid may be folded: workgroups past the end do the last row again.
  let row = min(flat_group(group, groups), params.rows - 1u) * params.c4;
  // Every thread knows the first element, so that a row of -infinity has a largest one too.
  var largest = x[row].x;
  var best = 0u;
  for (var k = lane; k < params.c4; k += 64u) {
    let v = x[row + k];
    //# for j in 0..4
    if (4u * k + ${j}u < params.columns && v[${j}] > largest) {
      largest = v[${j}];
      best = 4u * k + ${j}u;
    }
    //# end
  }
  values[lane] = largest;
  places[lane] = best;
  workgroupBarrier();
  if (lane == 0u) {
    for (var t = 1u; t < 64u; t++) {
      if (values[t] > largest || (values[t] == largest && places[t] < best)) {
        largest = values[t];
        best = places[t];
      }
    }
    values[0] = largest;
  }
  workgroupBarrier();
  largest = values[0];
  workgroupBarrier();
  var total = vec4f(0);
  for (var k = lane; k < params.c4; k += 64u) {
    total += select(vec4f(0), exp(x[row + k] - largest), are_channels(k, params.columns));
  }
  values[lane] = total.x + total.y + total.z + total.w;
  workgroupBarrier();
  if (lane == 0u) {
    var sum = 0.0;
    for (var t = 0u; t < 64u; t++) {
      sum += values[t];
    }
    statistics[row / params.c4] = vec4f(largest, sum, 0.0, 0.0);
    place[row / params.c4] = best;
  }
}
