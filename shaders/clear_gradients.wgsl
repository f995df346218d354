// Sets the gradients of the chunks of a path to zero.
// Formula: gradient = 0 over each chunk.
// Shapes: gradient [block / 4] vec4, chunks [count] (first, length, head, decays) in scalars, multiples
//         of 4.
// Grid: one workgroup of 64 threads a chunk.
// Reference: engine/parameters.ts (ParameterStore.clearGradients)

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = flat_group(group, groups);
  if (chunk >= params.count) {
    return;
  }
  let first = chunks[chunk].x / 4u;
  for (var k = lane; k < chunks[chunk].y / 4u; k += 64u) {
    gradient[first + k] = vec4f(0.0);
  }
}
