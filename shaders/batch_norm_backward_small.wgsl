// Sums that the gradient of batch normalisation needs, of a batch with few rows in one dispatch. The
// threads of a workgroup take a range of rows each, and the ranges are added in order: first B
// neighbours, then their totals. Where RELU is 1 the rectifier's mask is recomputed from x.
// Formula: coefficients = k, mean, beta, dbeta / rows, dgamma * inverse / rows, dbeta, dgamma with
//          dbeta = Σ dy', dgamma = Σ dy' * (x - mean) * inverse, dy' = dy where y > 0,
//          inverse = 1 / sqrt(variance + epsilon), k = gamma * inverse.
// Shapes: x, dy [rows,c4] vec4, gamma, beta, mean, variance [c4] vec4, coefficients [7,c4] vec4.
// Grid: one workgroup of B * B threads for each c4.
// Template: B ranges added by one thread, RELU.
// Reference: engine/reference/batch_norm.ts (backward)

var<workgroup> sums_dy: array<vec4f, ${B * B}>;
var<workgroup> sums_dy_x: array<vec4f, ${B * B}>;

// Adds ranges `first + step`, `first + 2 * step`, … to range `first`.
fn add_ranges(first: u32, step: u32) {
  var sum_dy = sums_dy[first];
  var sum_dy_x = sums_dy_x[first];
  for (var k = first + step; k < min(first + ${B}u * step, params.splits); k += step) {
    sum_dy += sums_dy[k];
    sum_dy_x += sums_dy_x[k];
  }
  sums_dy[first] = sum_dy;
  sums_dy_x[first] = sum_dy_x;
}

@compute @workgroup_size(${B * B})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = group.x;
  let m = mean[c];
  // Padding has variance 0, and an epsilon of 0 would make it NaN.
  let inverse = select(
    vec4f(0),
    1.0 / sqrt(variance[c] + params.epsilon),
    are_channels(c, params.channels),
  );
  let scale = gamma[c] * inverse;
  let offset = beta[c];
  if (lane < params.splits) {
    let first = lane * params.rows_per_split;
    let end = min(first + params.rows_per_split, params.rows);
    var sum_dy = vec4f(0);
    var sum_dy_x = vec4f(0);
    var r = first;
    // Four rows a turn: a turn of a loop costs as much as a load on software adapters.
    for (; r + 4u <= end; r += 4u) {
      //# for k in 0..4
      {
        let i = (r + ${k}u) * params.c4 + c;
        let centred = x[i] - m;
        var g = dy[i];
        //# if RELU == 1
        g = select(vec4f(0), g, centred * scale + offset > vec4f(0));
        //# end
        sum_dy += g;
        sum_dy_x += g * centred;
      }
      //# end
    }
    for (; r < end; r++) {
      let i = r * params.c4 + c;
      let centred = x[i] - m;
      var g = dy[i];
      //# if RELU == 1
      g = select(vec4f(0), g, centred * scale + offset > vec4f(0));
      //# end
      sum_dy += g;
      sum_dy_x += g * centred;
    }
    sums_dy[lane] = sum_dy;
    sums_dy_x[lane] = sum_dy_x;
  }
  workgroupBarrier();
  if (lane % ${B}u == 0u && lane < params.splits) {
    add_ranges(lane, 1u);
  }
  workgroupBarrier();
  if (lane == 0u) {
    add_ranges(0u, ${B}u);
    let dbeta = sums_dy[0];
    let dgamma = sums_dy_x[0] * inverse;
    coefficients[c] = scale;
    coefficients[params.c4 + c] = m;
    coefficients[2u * params.c4 + c] = offset;
    coefficients[3u * params.c4 + c] = dbeta / f32(params.rows);
    coefficients[4u * params.c4 + c] = dgamma * inverse / f32(params.rows);
    coefficients[5u * params.c4 + c] = dbeta;
    coefficients[6u * params.c4 + c] = dgamma;
  }
}
