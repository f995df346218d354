// Mean and variance of a batch with few rows in one dispatch. The threads of a workgroup take a range
// of rows each, and the ranges are combined in order (Chan et al.): first B neighbours, then their
// totals. Values are shifted by the range's first row before they are summed, so that a large mean
// does not cancel the variance.
// Formula: mean = Σ x / rows, variance = Σ (x - mean)^2 / rows; where MOVING is 1 also
//          moving += rate * (batch - moving), with the variance times rows / (rows - 1) = unbias, unless
//          the result is not finite.
// Shapes: x [rows,c4] vec4, mean, variance, moving_mean, moving_variance [c4] vec4.
// Grid: one workgroup of B * B threads for each c4.
// Template: B ranges combined by one thread, MOVING.
// Reference: engine/reference/batch_norm.ts

var<workgroup> means: array<vec4f, ${B * B}>;
var<workgroup> squares: array<vec4f, ${B * B}>;

// Rows before range `split`.
fn rows_before(split: u32) -> u32 {
  return min(split * params.rows_per_split, params.rows);
}

// Adds ranges `first + step`, `first + 2 * step`, … to range `first`; each has `step` splits.
fn combine(first: u32, step: u32) {
  var m = means[first];
  var s = squares[first];
  for (var k = first + step; k < min(first + ${B}u * step, params.splits); k += step) {
    let count = f32(rows_before(k) - rows_before(first));
    let total = f32(rows_before(k + step) - rows_before(first));
    let delta = means[k] - m;
    let share = (total - count) / total;
    m += delta * share;
    s += squares[k] + delta * delta * (count * share);
  }
  means[first] = m;
  squares[first] = s;
}

@compute @workgroup_size(${B * B})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = group.x;
  if (lane < params.splits) {
    let end = rows_before(lane + 1u);
    var r = rows_before(lane);
    let rows = f32(end - r);
    let origin = x[r * params.c4 + c];
    var total = vec4f(0);
    var square = vec4f(0);
    // Four rows a turn: a turn of a loop costs as much as a load on software adapters.
    for (; r + 4u <= end; r += 4u) {
      //# for k in 0..4
      let d_${k} = x[(r + ${k}u) * params.c4 + c] - origin;
      total += d_${k};
      square += d_${k} * d_${k};
      //# end
    }
    for (; r < end; r++) {
      let d = x[r * params.c4 + c] - origin;
      total += d;
      square += d * d;
    }
    let m = total / rows;
    means[lane] = origin + m;
    squares[lane] = max(square - total * m, vec4f(0));
  }
  workgroupBarrier();
  if (lane % ${B}u == 0u && lane < params.splits) {
    combine(lane, 1u);
  }
  workgroupBarrier();
  if (lane == 0u) {
    combine(0u, ${B}u);
    let m = means[0];
    let v = squares[0] / f32(params.rows);
    mean[c] = m;
    variance[c] = v;
    //# if MOVING == 1
    let next_mean = moving_mean[c] + params.rate * (m - moving_mean[c]);
    let next_variance = moving_variance[c] + params.rate * (v * params.unbias - moving_variance[c]);
    let finite = are_finite(next_mean) & are_finite(next_variance);
    moving_mean[c] = select(moving_mean[c], next_mean, finite);
    moving_variance[c] = select(moving_variance[c], next_variance, finite);
    //# end
  }
}
