// Second stage of a split reduction: adds the partial sums in order, so that equal inputs give equal
// bits.
// Formula: total[i] = Σ_{s < splits} partial[s,i].
// Shapes: partial [splits,count4] vec4, total [count4] vec4.
// Grid: one thread for each vec4 of total; workgroups of 64.
// Reference: engine/reference/conv2d.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat_group(group, groups) * 64u + lane;
  if (i >= params.count4) {
    return;
  }
  var acc = vec4f(0);
  // Counted by the place in `partial`: see "Shaders" in docs/conventions.md.
  let end = params.splits * params.count4;
  var k = i;
  // Four a turn: a turn of a loop costs as much as a load on software adapters.
  for (; k + 3u * params.count4 < end; k += 4u * params.count4) {
    //# for j in 0..4
    acc += partial[k + ${j}u * params.count4];
    //# end
  }
  for (; k < end; k += params.count4) {
    acc += partial[k];
  }
  total[i] = acc;
}
