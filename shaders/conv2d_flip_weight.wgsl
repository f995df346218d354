// Weights of the convolution that computes the input gradient of a stride-1 convolution.
// Formula: flipped[ky,kx,co,ci] = w[K-1-ky, K-1-kx, ci, co]; padding channels become 0.
// Shapes: weight [K,K,cin,cout4] vec4 read as scalars, flipped [K,K,cout,cin4] vec4.
// Grid: one thread for each vec4 of flipped; workgroups of 64.
// Reference: engine/reference/conv2d.ts (backward)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_group(group, groups) * 64u + lane;
  if (index >= params.taps * params.cout * params.cin4) {
    return;
  }
  let ci = (index % params.cin4) * 4u;
  let co = (index / params.cin4) % params.cout;
  let tap = params.taps - 1u - index / (params.cin4 * params.cout);
  var value = vec4f(0);
  for (var j = 0u; j < 4u; j++) {
    if (ci + j < params.cin) {
      value[j] = weight[(tap * params.cin + ci + j) * params.cout_pitch + co];
    }
  }
  flipped[index] = value;
}
