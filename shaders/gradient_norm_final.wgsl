// Second stage of the global gradient norm: adds the chunks, derives the clipping factor, and says
// whether a step can be taken.
// Formula: norm = sqrt(Σ partial), scale = bound > 0 ? min(1, bound / norm) : 1, go = 1 where norm and
//          loss are finite, else 0.
// Shapes: partial [count], loss [1] scalars, result [3] scalars: norm, scale, go.
// Grid: one workgroup of 64 threads; thread t adds chunks t, t+64, …, thread 0 adds in order.
// Reference: engine/reference/optimizers.ts (clipScaleReference)

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var total = 0.0;
  for (var i = lane; i < params.count; i += 64u) {
    total += partial[i];
  }
  sums[lane] = total;
  workgroupBarrier();
  if (lane == 0u) {
    var sum = 0.0;
    for (var t = 0u; t < 64u; t++) {
      sum += sums[t];
    }
    let norm = sqrt(sum);
    result[0] = norm;
    result[1] = select(1.0, min(1.0, params.bound / norm), params.bound > 0.0 && norm > 0.0);
    result[2] = select(0.0, 1.0, is_finite(norm) && is_finite(loss[0]));
  }
}
