// Sum or product of a tensor and a smaller one that is repeated along some of its axes.
// Formula: y[i,j,k,c] = a[i,j,k,c] + b[…], or times b[…] where MULTIPLY is 1; an axis of b with one element
//          is read at 0. Padding 0.
// Shapes: a, y [d0,d1,d2,c4] vec4, b vec4 with strides s0 … s3, which are 0 along repeated axes.
// Grid: one thread for each vec4 of y; workgroups of 64.
// Template: MULTIPLY, SPLAT 1 where the last axis of b has one element and that of a more.
// Reference: engine/reference/broadcast.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.count4) {
    return;
  }
  let c = index % params.c4;
  let row = index / params.c4;
  let at = row / (params.d1 * params.d2) * params.s0 + row / params.d2 % params.d1 * params.s1 +
    row % params.d2 * params.s2 + c * params.s3;
  var other = b[at];
  //# if SPLAT == 1
  other = vec4f(other.x);
  //# end
  //# if MULTIPLY == 1
  let value = a[index] * other;
  //# end
  //# if MULTIPLY == 0
  let value = a[index] + other;
  //# end
  y[index] = select(vec4f(0), value, are_channels(c, params.columns));
}
