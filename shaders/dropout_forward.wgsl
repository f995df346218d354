// Inverted dropout with a mask drawn from (seed, element number); the gradient is the same kernel
// applied to dy.
// Formula: y[i] = x[i] / keep where uniform(seed, i) < keep, else 0; i counts without padding.
// Shapes: x, y [rows,c4] vec4, c channels each.
// Grid: one thread for each vec4; workgroups of 64.
// Reference: engine/reference/dropout.ts

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.rows * params.c4) {
    return;
  }
  let element = (index / params.c4) * params.c + (index % params.c4) * 4u;
  let stream = pcg_hash(params.seed);
  let value = x[index];
  var kept = vec4f(0);
  for (var j = 0u; j < 4u; j++) {
    let uniform_number = f32(pcg_hash((element + j) ^ stream) >> 8u) / 16777216.0;
    if (uniform_number < params.keep) {
      kept[j] = value[j] / params.keep;
    }
  }
  y[index] = kept;
}
