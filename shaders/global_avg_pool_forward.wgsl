// Mean over all pixels.
// Formula: y[b,c] = Σ_i x[b,i,c] / pixels.
// Shapes: x [n,pixels,c4] vec4, y [n,c4] vec4.
// Grid: one thread for each (b, c4); workgroups of 64.
// Reference: engine/reference/global_avg_pool.ts

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.n * params.c4) {
    return;
  }
  let c = index % params.c4;
  let b = index / params.c4;
  var acc = vec4f(0);
  for (var i = 0u; i < params.pixels; i++) {
    acc += x[(b * params.pixels + i) * params.c4 + c];
  }
  y[index] = acc / f32(params.pixels);
}
