// Gradient of the smaller operand of a broadcast sum or product, in parts: a range of its repetitions a
// split.
// Formula: partial[split,b…] = Σ over the repetitions of the split of dy, times a where MULTIPLY is 1.
// Shapes: dy, a [d0,d1,d2,c4] vec4, partial [splits,e0,e1,e2,e4] vec4; d = e * r along every axis, one of
//         e and r being 1, and r3 = c4 where SPLAT is 1. Without MULTIPLY a is not read.
// Grid: one thread for each vec4 of partial; workgroups of 64.
// Template: MULTIPLY, SPLAT 1 where the last axis of b has one element and that of a more.
// Reference: engine/reference/broadcast.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  let count = params.e0 * params.e1 * params.e2 * params.e4;
  if (index >= params.splits * count) {
    return;
  }
  let j3 = index % params.e4;
  let j2 = index / params.e4 % params.e2;
  let j1 = index / (params.e4 * params.e2) % params.e1;
  let j0 = index / (params.e4 * params.e2 * params.e1) % params.e0;
  let first = index / count * params.rows_per_split;
  let end = min(first + params.rows_per_split, params.repetitions);
  let d1 = params.e1 * params.r1;
  let d2 = params.e2 * params.r2;
  let c4 = params.e4 * params.r3;
  var acc = vec4f(0);
  for (var q = first; q < end; q++) {
    let q3 = q % params.r3;
    let q2 = q / params.r3 % params.r2;
    let q1 = q / (params.r3 * params.r2) % params.r1;
    let q0 = q / (params.r3 * params.r2 * params.r1);
    let at = (((j0 + q0) * d1 + j1 + q1) * d2 + j2 + q2) * c4 + j3 + q3;
    //# if MULTIPLY == 1
    acc += dy[at] * a[at];
    //# end
    //# if MULTIPLY == 0
    acc += dy[at];
    //# end
  }
  //# if SPLAT == 1
  acc = vec4f(acc.x + acc.y + acc.z + acc.w, 0.0, 0.0, 0.0);
  //# end
  partial[index] = acc;
}
