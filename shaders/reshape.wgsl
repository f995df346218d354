// The same elements in rows of another length; the gradient is the same kernel with both shapes changed
// over.
// Formula: y[e] = x[e] for every element e in row-major order; padding 0.
// Shapes: x rows of `source` elements, `source_pitch` apart, as scalars; y rows of `width` elements in width4 vec4s.
// Grid: one thread for each vec4 of y; workgroups of 64.
// Reference: engine/reference/reshape.ts

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
  let c = index % params.width4;
  let first = index / params.width4 * params.width + 4u * c;
  var value = vec4f(0);
  //# for j in 0..4
  if (4u * c + ${j}u < params.width) {
    let element = first + ${j}u;
    value[${j}] = x[element / params.source * params.source_pitch + element % params.source];
  }
  //# end
  y[index] = value;
}
