// Mean over all pixels, in parts: one range of pixels a split.
// Formula: y[split,b,c] = Σ_{i of split} x[b,i,c] / pixels.
// Shapes: x [n,pixels,c4] vec4, y [splits,n,c4] vec4.
// Grid: one thread for each (split, b, c4); workgroups of 64.
// Reference: engine/reference/global_avg_pool.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.splits * params.n * params.c4) {
    return;
  }
  let c = index % params.c4;
  let b = index / params.c4 % params.n;
  let first = index / params.c4 / params.n * params.pixels_per_split;
  let end = min(first + params.pixels_per_split, params.pixels);
  var acc = vec4f(0);
  for (var i = first; i < end; i++) {
    acc += x[(b * params.pixels + i) * params.c4 + c];
  }
  y[index] = acc / f32(params.pixels);
}
